"""The live tier of the historian: 1,080 parameters of 12 units once a second, beside three databases on the same data.

Commits are durable: each waits for the disk. What the disk itself takes for as many bytes is measured beside, for it
differs a lot between machines. Readings are warm; each is the median of several.
"""

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from benchmarks import historian_peers as peers
from benchmarks.figure import Figure
from benchmarks.plant_signals import Signals
from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_MIN, NS_PER_S, parse_instant
from pilothouse.historian.series.store import Keeping, SeriesStore
from pilothouse.plant.sample import Samples

UNITS, WIDTH = 12, 90
KEYS = tuple(f"p{k:04d}" for k in range(UNITS * WIDTH))
COLUMNS = {key: f"unit{k // WIDTH:02d}" for k, key in enumerate(KEYS)}
DAY = parse_instant("2026-03-02T00:00:00Z")
COMMITS, ROUNDS = 600, 3
REPEATS = 7
BESIDE = KEYS[:: len(KEYS) // 200][:200]
SAMPLES_NS = DAY + np.arange(72) * 20 * NS_PER_MIN + 7 * NS_PER_MIN
"""A laboratory sample every twenty minutes."""

YEAR_DAYS = (7, 30, 120, 365)
YEAR_KEYS = tuple(f"y{k:02d}" for k in range(20))


def run() -> list[Figure]:
    """Measure everything."""
    with TemporaryDirectory(dir=os.environ.get("PILOTHOUSE_BENCH")) as room:
        root = Path(room)
        signals = Signals(len(KEYS))
        figures = [*_commits(root, signals)]
        figures += _day(root / "day", signals)
        figures += peers.run(root, signals, KEYS, DAY)
        return [*figures, *_year(root / "year")]


def _taken_ms(question: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Median; by the clock of the process instead of that on the wall it does not tell of what else was running."""
    question()
    taken = []
    for _ in range(REPEATS):
        began = clock()
        question()
        taken.append((clock() - began) * 1e3)
    return median(taken)


def _batch(at_ns: int, values: np.ndarray, step_ns: int = NS_PER_S) -> Samples:
    """Rows of all parameters, one a step."""
    rows, width = values.shape
    return Samples(
        parameters=KEYS if width == len(KEYS) else YEAR_KEYS,
        which=np.tile(np.arange(width, dtype=np.int32), rows),
        source_ns=np.repeat(at_ns + np.arange(rows, dtype=np.int64) * step_ns, width),
        values=values.reshape(-1),
        statuses=np.zeros(values.size, np.uint8),
        received_ns=at_ns + rows * step_ns,
    )


def _commits(root: Path, signals: Signals) -> list[Figure]:
    """One durable write a second of source time, as fast as the disk takes them."""
    hour = signals.hour(0)
    rates, all_ms, worked_s = [], [], 0.0
    for turn in range(ROUNDS):
        batches = [_batch(DAY + k * NS_PER_S, hour[k : k + 1]) for k in range(COMMITS)]
        taken = []
        with SeriesStore(root / f"commits{turn}", COLUMNS, clock=lambda: DAY) as series:
            worked_s -= process_time()
            for batch in batches:
                began = perf_counter()
                series.write([batch])
                taken.append(perf_counter() - began)
            worked_s += process_time()
        rates.append(COMMITS * len(KEYS) / sum(taken))
        all_ms += [1e3 * one for one in taken]
    disk_ms = _disk_ms(root / "disk", 9_000)
    return [
        Figure.above("durable values/s in 1-second frames", median(rates), "values/s", 1_000_000),
        Figure(name="one commit of 1,080 values, p50", value=float(np.percentile(all_ms, 50)), unit="ms"),
        Figure(name="one commit of 1,080 values, p99", value=float(np.percentile(all_ms, 99)), unit="ms"),
        Figure(name="one commit, processor time", value=worked_s / ROUNDS / COMMITS * 1e3, unit="ms"),
        Figure(name="the disk alone: 9,000 bytes appended and synced, p50", value=disk_ms, unit="ms"),
    ]


def _disk_ms(path: Path, size: int) -> float:
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(COMMITS):
            began = perf_counter()
            file.write(bytes(size))
            os.fdatasync(file.fileno())
            taken.append((perf_counter() - began) * 1e3)
    return median(taken)


def _day(root: Path, signals: Signals) -> list[Figure]:
    now = [DAY]
    span = {"start_ns": DAY, "end_ns": DAY + NS_PER_DAY}
    with SeriesStore(root, COLUMNS, clock=lambda: now[0], keeping=Keeping(lateness_ns=0)) as series:
        sealing = []
        for number in range(24):
            values = signals.hour(number)
            for k in range(0, 3600, 60):
                series.write([_batch(DAY + number * NS_PER_H + k * NS_PER_S, values[k : k + 60])])
            now[0] = DAY + (number + 1) * NS_PER_H
            began = perf_counter()
            series.tend()
            sealing.append(perf_counter() - began)
        hourly = series.segments("values")
        trend = lambda: series.trend(KEYS[3], points=1000, **span)  # noqa: E731
        averages = lambda: series.averages(KEYS, **span)  # noqa: E731
        beside = lambda: series.beside(SAMPLES_NS.tolist(), BESIDE)  # noqa: E731
        assert trend().height <= 1000
        assert averages().height == 24 * len(KEYS)
        assert beside().drop_nulls().height == len(SAMPLES_NS)
        figures = [
            Figure(name="sealing an hour", value=median(sealing), unit="s"),
            _bytes("bytes/value, hourly segments", hourly),
            Figure(name="trend of 24 h to 1,000 points, hourly segments", value=_taken_ms(trend), unit="ms"),
            Figure(name="hourly averages of 1,080, hourly segments", value=_taken_ms(averages), unit="ms"),
            Figure(name="as-of join onto 200, hourly segments", value=_taken_ms(beside), unit="ms"),
        ]
        now[0] = DAY + NS_PER_DAY + NS_PER_H
        began = perf_counter()
        series.tend()
        figures.append(Figure(name="putting the day together", value=perf_counter() - began, unit="s"))
        daily = series.segments("values")
        size = sum(s.bytes for s in daily) / sum(s.count for s in daily)
        minutes = sum(s.bytes for s in series.segments("minutes"))
        return [
            *figures,
            Figure.below("bytes/value, sealed", size, "B/value", 1.2),
            Figure(name="minutes of the day", value=minutes / 1e6, unit="MB"),
            Figure.below("trend of 24 h to 1,000 points", _taken_ms(trend), "ms", 15),
            Figure.below("hourly averages of 1,080 over 24 h", _taken_ms(averages), "ms", 80),
            Figure.below("as-of join of 72 samples onto 200 parameters", _taken_ms(beside), "ms", 60),
            *(
                Figure(name=f"{name}, processor time", value=_taken_ms(question, process_time), unit="ms")
                for name, question in (("trend", trend), ("hourly averages", averages), ("as-of join", beside))
            ),
            Figure(
                name="one parameter of 24 h, all its values",
                value=_taken_ms(lambda: series.read([KEYS[3]], **span)),
                unit="ms",
            ),
        ]


def _bytes(name: str, segments: list) -> Figure:
    return Figure(name=name, value=sum(s.bytes for s in segments) / sum(s.count for s in segments), unit="B/value")


def _year(root: Path) -> list[Figure]:
    """A year of two units with ten parameters each, one value in ten seconds, in real files; a day in its middle asked.

    Each day is written, sealed by the hour and put together as in life: but the hours of a day are sealed in one go.
    """
    columns = {key: f"unit{k // 10}" for k, key in enumerate(YEAR_KEYS)}
    signals = Signals(len(YEAR_KEYS))
    figures = []
    now = [DAY]
    asked = DAY + 3 * NS_PER_DAY
    span = {"start_ns": asked, "end_ns": asked + NS_PER_DAY}
    with SeriesStore(root, columns, clock=lambda: now[0], keeping=Keeping(lateness_ns=0)) as series:
        done = 0
        for days in YEAR_DAYS:
            for day in range(done, days):
                start = DAY + day * NS_PER_DAY
                for hour in (5, 18):
                    values = signals.hour(hour)[::10]
                    series.write([_batch(start + hour * NS_PER_H, values, 10 * NS_PER_S)])
                now[0] = start + NS_PER_DAY + NS_PER_H
                series.tend()
            done = days
            ask = {
                "trend": lambda: series.trend(YEAR_KEYS[3], points=500, **span),
                "hourly averages of 20": lambda: series.averages(YEAR_KEYS, **span),
            }
            for name, question in ask.items():
                figures.append(
                    Figure(name=f"{name} of one day, {days} days stored", value=_taken_ms(question), unit="ms")
                )
        began = perf_counter()
    with SeriesStore(root, columns, clock=lambda: now[0]) as series:
        figures.append(Figure(name="opening, 365 days stored", value=(perf_counter() - began) * 1e3, unit="ms"))
    for name in ask:
        first, last = (f.value for f in figures if f.name.startswith(name) and f.name.split(", ")[1] in _ENDS)
        growth = np.log(last / first) / np.log(YEAR_DAYS[-1] / YEAR_DAYS[0])
        figures.append(Figure.below(f"{name} of one day: growth with the days stored", float(growth), "exponent", 0.2))
    return figures


_ENDS = {f"{YEAR_DAYS[0]} days stored", f"{YEAR_DAYS[-1]} days stored"}

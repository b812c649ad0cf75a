"""The watch over a unit on the Tennessee Eastman process: false alarms, detection and delay, beside plain PCA.

Needs the real data: `PILOTHOUSE_DATA`, else `../shared/data` beside the repository. Learnt is on the first three
fifths of `d00.dat` (normal operation), limits on the rest of it, for the plain statistics in the same way and at the
same 1 %. Judged is on `d00_te.dat` and on every `dNN_te.dat` that is there: the first 160 rows are normal, the fault
is on from row 161.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figure import Figure
from pilothouse.methods.monitor.blame import blame
from pilothouse.methods.monitor.components import principal_axes
from pilothouse.methods.monitor.latent import Latent
from pilothouse.methods.monitor.limits import distance_limit
from pilothouse.methods.monitor.watch import Watch

NAMES = (*(f"XMEAS({k})" for k in range(1, 42)), *(f"XMV({k})" for k in range(1, 12)))
DRIVEN = NAMES[41:]
SHARE, FALSE_ALARMS = 0.6, 0.01
ONSET = 160
RUN = 3
"""A fault counts as noticed at the first of so many alarms in a row; a single one may be chance."""
LATER = 20
"""Rows after that at which the alarm is asked whom it is about: one hour."""
PLAIN = 27
"""Components of the plain PCA, as it is usually taken on this process."""
MINUTES = 3.0


@dataclass(frozen=True)
class Plain:
    """Plain PCA: mean, standard deviation, T² of 27 components and SPE, each with a limit of its own."""

    mean: np.ndarray
    spread: np.ndarray
    axes: np.ndarray
    variances: np.ndarray

    @staticmethod
    def fit(rows: np.ndarray) -> "Plain":
        mean, spread = rows.mean(axis=0), rows.std(axis=0, ddof=1)
        return Plain(mean, spread, *principal_axes((rows - mean) / spread))

    def statistics(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        squares = (((rows - self.mean) / self.spread) @ self.axes) ** 2
        return (squares[:, :PLAIN] / self.variances[:PLAIN]).sum(axis=1), squares[:, PLAIN:].sum(axis=1)


def run() -> list[Figure]:
    """Learn, calibrate, judge."""
    folder = _folder()
    normal = _rows(folder / "d00.dat")
    earlier, later = np.split(normal, [int(SHARE * len(normal))])
    began = perf_counter()
    watch = Watch.calibrate(Latent.fit(earlier, NAMES), later, false_alarms=FALSE_ALARMS)
    learn_s = perf_counter() - began
    plain = Plain.fit(earlier)
    limits = [distance_limit(statistic, FALSE_ALARMS) for statistic in plain.statistics(later)]

    def alarms(rows: np.ndarray) -> dict[str, np.ndarray]:
        t2, spe = plain.statistics(rows)
        return {"watch": watch.over(rows).alarm, "PCA T2": t2 > limits[0], "PCA SPE": spe > limits[1]}

    faults = {number: _rows(file) for number, file in _files(folder) if number}
    raised = {number: alarms(rows) for number, rows in faults.items()}
    quiet = alarms(_rows(folder / "d00_te.dat"))
    return [
        Figure(name="learn and calibrate", value=learn_s, unit="s"),
        Figure(name="components", value=watch.latent.components, unit=""),
        Figure(name="what the rows of the limits count as independent ones", value=watch.effective, unit="rows"),
        *_false(quiet, raised),
        *_detected(raised),
        *_delays(raised),
        *_blamed(watch, faults, raised),
    ]


def _false(quiet: dict[str, np.ndarray], raised: dict[int, dict[str, np.ndarray]]) -> Iterator[Figure]:
    """False alarms on a normal run of its own, and on the rows before each fault."""
    for name, alarm in quiet.items():
        told = f"false alarms on d00_te: {name}"
        value = 100 * float(alarm.mean())
        yield (
            Figure.between(told, value, "%", 0.5, 2.0) if name == "watch" else Figure(name=told, value=value, unit="%")
        )
    for name in quiet:
        before = [float(one[name][:ONSET].mean()) for one in raised.values()]
        told = f"false alarms before the faults: {name}"
        value = 100 * float(np.mean(before))
        yield (
            Figure.between(told, value, "%", 0.5, 2.0) if name == "watch" else Figure(name=told, value=value, unit="%")
        )
        yield Figure(name=f"{told}, most in one run", value=100 * max(before), unit="%")


def _detected(raised: dict[int, dict[str, np.ndarray]]) -> Iterator[Figure]:
    """Share of the rows with the fault on that raise an alarm."""
    rates = {name: [100 * float(one[name][ONSET:].mean()) for one in raised.values()] for name in _names(raised)}
    for name, found in rates.items():
        for number, rate in zip(raised, found, strict=True):
            yield Figure(name=f"fault {number}: detected: {name}", value=rate, unit="%")
    means = {name: float(np.mean(found)) for name, found in rates.items()}
    ours = means.pop("watch")
    yield Figure.above("all faults: detected: watch", ours, "%", max(means.values()))
    for name, mean in means.items():
        yield Figure(name=f"all faults: detected: {name}", value=mean, unit="%")


def _delays(raised: dict[int, dict[str, np.ndarray]]) -> Iterator[Figure]:
    """Minutes from the onset to the first of three alarms in a row; where there are none there is no figure."""
    for name in _names(raised):
        for number, one in raised.items():
            first = _noticed(one[name])
            if first is not None:
                delay = MINUTES * (first - ONSET)
                yield Figure(name=f"fault {number}: delay: {name}", value=delay, unit="min")


def _blamed(watch: Watch, faults: dict[int, np.ndarray], raised: dict[int, dict[str, np.ndarray]]) -> Iterator[Figure]:
    """Whom the alarms are about, an hour after each fault was noticed; all of these faults are the process's."""
    noticed = {number: first for number, one in raised.items() if (first := _noticed(one["watch"])) is not None}
    verdicts = [blame(watch, faults[n][: first + LATER], driven=DRIVEN).verdict for n, first in noticed.items()]
    for verdict in ("process", "unclear", "sensor"):
        yield Figure(name=f"noticed faults blamed as {verdict}", value=verdicts.count(verdict), unit="faults")


def _noticed(alarm: np.ndarray) -> int | None:
    """The row of the first of three alarms in a row since the onset."""
    on = alarm[ONSET:]
    together = np.convolve(on, np.ones(RUN), "valid") == RUN
    return ONSET + int(np.argmax(together)) if together.any() else None


def _names(raised: dict[int, dict[str, np.ndarray]]) -> list[str]:
    return list(next(iter(raised.values())))


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    for file in sorted(folder.glob("d*_te.dat")):
        if found := re.fullmatch(r"d(\d+)_te", file.stem):
            yield int(found[1]), file


def _rows(file: Path) -> np.ndarray:
    """Observations (n, 52); `d00.dat` lies on its side."""
    table = np.loadtxt(file)
    return table if table.shape[1] == len(NAMES) else table.T


def _folder() -> Path:
    """The folder of the data set; ends the program where it is not to be had."""
    named = os.environ.get("PILOTHOUSE_DATA")
    home = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    folder = home / "tep_braatz"
    if not any(folder.glob("d*_te.dat")):
        sys.exit(f"no real data: nothing in {folder}; set PILOTHOUSE_DATA to where it is")
    return folder

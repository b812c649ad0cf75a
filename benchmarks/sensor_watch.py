"""Sensor or furnace: a drifting soak pyrometer of the silicon mill is named, a failing furnace is not taken for it.

Twenty mills of unseen seeds and plant variations. Each runs for a month with nothing switched on, then its pyrometer
drifts by 4 K a day (it reaches 10 K after 2.5 days; level 2 trims the zones by it, so the strip is truly off), is put
right, and three weeks later the gas train of the furnace fails; three weeks after that air leaks in. The watch looks
once a day at what is known by then. The mill's own wandering goes on throughout, calibrations with it: a naming in the
quiet month is false where the hidden error of the pyrometer moved by less than half of what it is named for.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.figure import Figure
from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.view import Snapshot
from pilothouse.errors import DataError
from pilothouse.hub.proving_ground import DAYS_OF_MONTH, run_months
from pilothouse.hub.workspace import open_workspace
from pilothouse.methods.monitor.gap import BETWEEN, NEWEST, REFERENCE
from pilothouse.methods.monitor.redundancy import Finding
from pilothouse.packs.steel.sensor_declaration import SensorWatch, read_sensor_watches
from pilothouse.packs.steel.sensor_watch import look
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.frame import GOOD, KEY_COLUMNS, status_column
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.plant import SiliconMill

DRAWS: Final = tuple((200 + k, 20 + k) for k in range(1, 21))
"""Seeds and plant variations; limits and windows were chosen on others (seeds 101 to 106, variations 3 to 8)."""
DECLARED: Final = Path(__file__).parents[1] / "examples" / "silicon_mill" / "sensor_watch.toml"
QUIET_DAYS, REST_DAYS = 30, 22
DRIFT, HEATER, LEAK = "fal-soak-pyrometer-drift", "fal-heater-failure", "fal-furnace-leak"
LASTS: Final = {DRIFT: 5.5, HEATER: 5.0, LEAK: 5.0}
RATE_K_DAY, ASKED_K = 4.0, 10.0
LOOKS: Final = {
    DRIFT: (1.0, 2.0, 3.0, 4.0, 5.0, 5.5),
    HEATER: (1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
    LEAK: (1.0, 2.0, 3.0, 4.0, 5.0),
}
"""Days after each begins at which the watch looks; a day after the furnace is mended as well."""
LEAST_NAMED, MOST_FALSE = 0.9, 1.0
Z_95: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was said of one mill: rulings by day, and days of namings that were none."""

    rulings: dict[str, list[str]]
    namings: int
    false: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A mill's record, with its hidden truth for the judging."""

    frames: dict[str, pl.DataFrame]
    origins: pl.DataFrame
    began_ns: dict[str, int]
    quiet_ns: int
    error: pl.DataFrame

    def finding(self, watch: SensorWatch, at_ns: int) -> Finding:
        """What the watch says at an instant."""
        known = {unit: frame.filter(pl.col("known_ns") <= at_ns) for unit, frame in self.frames.items()}
        return look(Snapshot(as_of_ns=at_ns, upto=1, frames=known, origins=self.origins), watch).finding

    def moved(self, at_ns: int) -> float:
        """By how much the hidden error of the pyrometer moved between the same pieces that the watch compares."""
        error = self.error.filter(pl.col("end_ns") <= at_ns)["error"].to_numpy()
        last = len(error) - NEWEST - BETWEEN
        return float(np.nanmean(error[-NEWEST:]) - np.nanmean(error[max(last - REFERENCE, 0) : last]))


def run() -> list[Figure]:
    """Every draw, then the figures over them."""
    watch = declared_watch()
    draws = []
    for seed, variation in DRAWS:
        draws.append(judged(watch, seed, variation))
        print(f"sensor_watch: seed {seed} variation {variation}: {draws[-1]}", file=sys.stderr)
    return figures_of(draws)


def figures_of(draws: Sequence[Draw]) -> list[Figure]:
    """Shares with their Wilson intervals of 95 %, and namings in 30 quiet days."""
    n = len(draws)
    by_begin = sum("sensor" in d.rulings[DRIFT][:3] for d in draws)
    by_reached = sum("sensor" in d.rulings[DRIFT] for d in draws)
    per_month = 30.0 / (QUIET_DAYS * n)
    figures = [
        Figure.above("10 K named within 3 days of the drift's begin (12 K by then)", by_begin / n, "1", LEAST_NAMED),
        Figure(name="that share, low end of 95 %", value=wilson(by_begin, n)[0], unit="1"),
        Figure.above("10 K named within 3 days of 10 K being reached", by_reached / n, "1", LEAST_NAMED),
        Figure(name="that share, low end of 95 % (10 K reached)", value=wilson(by_reached, n)[0], unit="1"),
        Figure.below("false namings in 30 quiet days", sum(d.false for d in draws) * per_month, "1", MOST_FALSE),
        Figure.below("all namings in 30 quiet days", sum(d.namings for d in draws) * per_month, "1", MOST_FALSE),
    ]
    for name in (HEATER, LEAK):
        taken = sum("sensor" in d.rulings[name] for d in draws)
        told = sum("process" in d.rulings[name] for d in draws)
        figures += [
            Figure.below(f"{name}: taken for the sensor's fault", taken / n, "1", 1.0 - LEAST_NAMED),
            Figure(name=f"{name}: named as the process", value=told / n, unit="1"),
        ]
    return figures


def judged(watch: SensorWatch, seed: int, variation: int) -> Draw:
    """One mill."""
    world = world_of(watch, seed, variation)
    rulings = {
        name: [world.finding(watch, begin + round(day * NS_PER_DAY)).ruling for day in LOOKS[name]]
        for name, begin in world.began_ns.items()
    }
    namings = false = 0
    named_before = False
    for day in range(1, QUIET_DAYS + 1):
        at_ns = world.quiet_ns + day * NS_PER_DAY
        try:
            finding = world.finding(watch, at_ns)
        except DataError:  # too few pieces yet
            continue
        named = finding.ruling == "sensor"
        if named and not named_before and finding.causes is not None:
            namings += 1
            false += world.moved(at_ns) / finding.causes.value < 0.5
        named_before = named
    return Draw(rulings=rulings, namings=namings, false=false)


def world_of(watch: SensorWatch, seed: int, variation: int) -> World:
    """Let a mill run through all of it."""
    mill = family.build(seed=seed, plant_variation=variation)
    quiet_ns, began = mill.now_ns, {}
    run_months(mill, QUIET_DAYS / DAYS_OF_MONTH)
    for name, days in LASTS.items():
        began[name] = mill.now_ns
        mill.disturb(name)
        run_months(mill, days / DAYS_OF_MONTH)
        mill.disturb(name, on=False)
        run_months(mill, REST_DAYS / DAYS_OF_MONTH)
    frames = {unit: part for unit, frame in mill.records.frames().items() if (part := _read(frame, watch)) is not None}
    names = ["child", "parent", "start_m", "end_m"]
    origins = pl.DataFrame(mill.records.origins, schema=names, orient="row")
    origins = origins.with_columns(known_ns=pl.lit(0, dtype=pl.Int64))
    return World(frames=frames, origins=origins, began_ns=began, quiet_ns=quiet_ns, error=_error(frames, watch, mill))


def declared_watch() -> SensorWatch:
    """As the example declares it."""
    watches, faults = read_sensor_watches(
        Declaration.parse(DECLARED.read_text("utf-8")), open_workspace(family.folder).plant
    )
    assert not faults, faults
    return watches[0]


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The interval of 95 % of a share [Wilson 1927]."""
    share, z2 = hits / n, Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _read(frame: pl.DataFrame, watch: SensorWatch) -> pl.DataFrame | None:
    """What a snapshot for the watch would hold of a unit."""
    keep = [column for column in frame.columns if column.removesuffix("#") in watch.parameters]
    return frame.select(*KEY_COLUMNS, *keep) if keep else None


def _error(frames: dict[str, pl.DataFrame], watch: SensorWatch, mill: SiliconMill) -> pl.DataFrame:
    """What the pyrometer showed less what was there, by piece in time; for the judging only."""
    true = {done.coil.key: done.coil.soak_degc for done in mill.flow.tally.finished}
    [frame] = [frame for frame in frames.values() if watch.sensor in frame.columns]
    shown = frame.filter(pl.col(status_column(watch.sensor)).fill_null(GOOD) <= GOOD).drop_nulls(watch.sensor)
    there = pl.Series("true", [true.get(piece) for piece in shown["piece"]], dtype=pl.Float64)
    return shown.with_columns(there, error=pl.col(watch.sensor) - there).drop_nulls("error").sort("end_ns")

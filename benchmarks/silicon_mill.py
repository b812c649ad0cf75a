"""The silicon-steel mill: time and memory for coils with all their parameters, and the speed of its live feed."""

import resource
from math import log
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from benchmarks.figure import Figure
from pilothouse.plant.frame import parameters_of
from proving_ground.silicon_mill import family

SEED = 1
COILS = (1_000, 3_000, 10_000)
LIVE_S = 1_800
BAR_S, BAR_GIB, BAR_SPEED = 90.0, 4.0, 60.0


def run() -> list[Figure]:
    """Measure everything, each in a process of its own."""
    made = [_alone(_coils, coils) for coils in COILS]
    (seconds, gib, parameters), most = made[-1], COILS[-1]
    growth = log(made[-1][0] / made[0][0]) / log(COILS[-1] / COILS[0])
    live_s, live_parameters, _ = _alone(_live, LIVE_S)
    return [
        *(
            Figure(name=f"{coils:,} coils, all values as frames", value=took, unit="s")
            for coils, (took, *_) in zip(COILS[:-1], made[:-1], strict=True)
        ),
        Figure.below(f"{most:,} coils, all values as frames", seconds, "s", BAR_S),
        Figure.below(f"{most:,} coils: memory at most", gib, "GiB", BAR_GIB),
        Figure.between("parameters with values", parameters, "parameters", 1080, 1080),
        Figure(name="cost of a coil: growth", value=growth, unit="exponent"),
        Figure.above("live at 1 Hz: faster than real time", LIVE_S / live_s, "x", BAR_SPEED),
        Figure.between("live: parameters in a tick", live_parameters, "parameters", 1080, 1080),
    ]


def _alone(measure, size: int) -> tuple[float, float, int]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (size,))


def _coils(coils: int) -> tuple[float, float, int]:
    """Seconds, GiB at most, and how many parameters have values; the run-in is not counted as coils."""
    began = perf_counter()
    mill = family.build(seed=SEED)
    built = perf_counter()
    mill.run(coils)
    frames = mill.records.frames()
    seconds = perf_counter() - began
    told = {key for frame in frames.values() for key in parameters_of(frame) if frame[key].is_not_null().any()}
    print(f"  ({coils:,} coils: {built - began:.1f} s of it run-in and commissioning)", flush=True)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, len(told)


def _live(seconds: int) -> tuple[float, float, int]:
    """Seconds that so many plant seconds take, the first second, in which the feed opens, included."""
    mill = family.build(seed=SEED)
    began = perf_counter()
    told = [int(np.isfinite(tick.values).sum()) for tick in mill.live(seconds)]
    return perf_counter() - began, float(max(told)), len(told)

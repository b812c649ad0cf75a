"""Recipes of the steel pack: what learning costs against the number of finished coils, and what a proposal costs.

A silicon mill is watched piece by piece through the plant's port, as the helm watches; nothing is commanded. Then the
first so many coils are learnt from, each size from nothing, and moments of the last weeks are answered once.
"""

from collections.abc import Callable
from math import log
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.figure import Figure
from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.steering import Situation
from pilothouse.hub.against import steering_of
from pilothouse.hub.helm import Helm
from pilothouse.hub.proving_ground import family
from pilothouse.seeds import stream

FAMILY, PACK = "silicon-mill", "steel"
SEED, VARIATION = 51, 14
COILS = (750, 1_500, 3_000, 6_000)
ASKED = 2_000
"""Moments that are answered."""


def run() -> list[Figure]:
    """Measure everything."""
    steering = steering_of(FAMILY, PACK)
    plant = family(FAMILY).build(seed=SEED, plant_variation=VARIATION)
    # Held out or not, nothing is commanded: forecasts of shuffled results earn no authority.
    helm = Helm(steering=steering, plant=plant, seed=SEED, shuffled=True)
    situations: list[Situation] = []
    for moment in plant.moments(COILS[-1]):
        if moment.levers and moment.segment in steering.segments and len(helm.cases) > COILS[-1] - ASKED:
            situations.append(helm.situation(moment))
        helm.at(moment)
    taken = []
    for coils in COILS:
        started = perf_counter()
        model = steering.learn(helm.cases[:coils], helm.cases[coils - 1].finished_ns, None)
        taken.append(perf_counter() - started)
        assert model is not None
    rng = stream(SEED, "recipes")
    asked = [_asked_ms(lambda s=s: steering.guide(model, s, rng, trial=1.0)) for s in situations[:ASKED]]
    growth = log(taken[-1] / taken[0]) / log(COILS[-1] / COILS[0])
    days = (helm.cases[-1].finished_ns - helm.cases[0].finished_ns) / NS_PER_DAY
    return [
        *(Figure(name=f"learn, {n:,} coils", value=s, unit="s") for n, s in zip(COILS[:-1], taken, strict=False)),
        Figure.below(f"learn, {COILS[-1]:,} coils", taken[-1], "s", 600.0),
        Figure(name="learn: growth", value=growth, unit="exponent"),
        Figure(name="coils were made in", value=days, unit="d"),
        Figure.below("proposal before a segment, median", median(asked), "ms", 150.0),
        Figure(name="proposal before a segment, 99th percentile", value=float(np.quantile(asked, 0.99)), unit="ms"),
        Figure.below("memory at most, the mill included", getrusage(RUSAGE_SELF).ru_maxrss / 2**20, "GiB", 6.0),
    ]


def _asked_ms(answer: Callable[[], object]) -> float:
    started = perf_counter()
    answer()
    return 1e3 * (perf_counter() - started)

"""The instrument floor: how well the tested P1.5/50 of a coil could be foretold by who sees what instruments show.

The noise floor (:mod:`.floor`) knows the truth of a piece. Nobody does: grain size is read within 8 %, the tester on
the line within 1.8 %. Here a forecaster sees readings, but knows all that can be known *of* them: how the truth
scatters within each grade and goes together, the scatter of every instrument, and that none is biased or stuck. The
best straight line of the readings then leaves::

    Var(L | y) = Var(L) - C_Ly (C_yy + N)^-1 C_yL

with L the logarithm of the true loss, y what the instruments would show without scatter, N the variances of their
scatter; C within each grade, over the coils of a run, corrected for the degrees of freedom that so many readings take.
To this the test adds its own repeatability and the difference of sample and coil. Within a grade everything moves by
per cents, so a straight line loses next to nothing.

No real forecaster has these covariances: he learns them from few coils, through drifting instruments. Who follows what
coils share (a heat, a day) may in turn come a little under it, for here each coil is seen alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.flow import Flow
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY, LEAST_NOISE, RELATIVE_NOISE
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.plant import RUN_IN_H
from proving_ground.silicon_mill.practice import Practice
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.records import Records
from proving_ground.silicon_mill.route import Route, Segment, Shot
from proving_ground.silicon_mill.stages.stage import SetPoints, Truth

Array = NDArray[np.float64]

TESTED: Final = "TEST.test.P15_50"
_STEEL: Final = ("RH.final.*", "CC.slab.sulphur_print", "CC.slab.equiaxed_ratio")
_BAND: Final = (
    "REHEAT.furnace.discharge_temp",
    "HSM.band.grain",
    "HSM.exit.thickness",
    "HSM.exit.fdt",
    "HSM.coiler.ct",
)
_STRIP: Final = ("CRM.exit.thick_mean", "CRM.exit.Ra")
_ANNEALED: Final = (
    "FAL.line.speed",
    "FAL.line.tension",
    "FAL.line.soak_temp",
    "FAL.line.soak_time",
    "FAL.online.P15_50",
    "FAL.online.B50",
    "FAL.lab.*",
)
READ: Final[Mapping[str, tuple[str, ...]]] = {
    "casting": _STEEL,
    "hot-rolling": (*_STEEL, *_BAND),
    "cold-rolling": (*_STEEL, *_BAND, *_STRIP),
    "annealing": (*_STEEL, *_BAND, *_STRIP, *_ANNEALED),
}
"""After each segment, the readings that tell of the loss; all others are nuisance or tell the same again."""

LEAST_OF_GRADE: Final = 4
"""So many coils to a reading a grade needs to count; of fewer its covariances are not known."""


CONSTANT: Final = 1e-9
"""Share of its size by which a reading must scatter to tell anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What cannot be told after one segment, as a standard deviation.

    Parameters
    ----------
    segment
        Key of the segment that has just been passed.
    left_w_kg, left_percent
        Of the tested loss, and in % of its grade's limit.
    """

    segment: str
    left_w_kg: float
    left_percent: float


class _Told(Route):
    """A route that notes what each piece truly was where it was read."""

    def __init__(self, constants: Mapping[str, float], *, seed: int, plant_variation: int) -> None:
        super().__init__(constants, seed=seed, plant_variation=plant_variation)
        self.told: dict[str, dict[str, float]] = {}

    def _shoot(self, segment: Segment, piece: str, number: int, told: tuple[Truth, SetPoints], at_h: float) -> Shot:
        own = self.told.setdefault(piece, {})
        own.update({key: value for key, value in {**told[1], **told[0]}.items() if _is_read(key)})
        return super()._shoot(segment, piece, number, told, at_h)


def instrument_floor(
    *, seed: int = 1, plant_variation: int = 0, practice: str = "usual", days: float = 120.0
) -> tuple[Left, ...]:
    """The instrument floor of a plant after each segment of :data:`READ`; half a minute at the default size.

    Parameters
    ----------
    seed, plant_variation, practice
        Of the run whose coils tell how the truth scatters.
    days
        Length of the run after its run-in.
    """
    constants = draw(FAMILY, CONSTANTS, plant_variation)
    route = _Told(constants, seed=seed, plant_variation=plant_variation)
    flow = Flow(route, Practice(rules_of(practice, plant_variation), route), Records())
    coils: list[tuple[Coil, dict[str, float]]] = []
    for stop in flow.run():
        if flow.now_h >= RUN_IN_H + 24.0 * days:
            break
        if stop is None or not stop.is_open or stop.segment.key != "slitting" or flow.now_h < RUN_IN_H:
            continue
        if isinstance(stop.piece, Coil):
            coils.append((stop.piece, _known_of(route, stop.piece)))
    scatter = sqrt(RELATIVE_NOISE[TESTED] ** 2 + constants["test_head"] ** 2)
    return tuple(_left(segment, coils, scatter) for segment in READ)


def _known_of(route: _Told, coil: Coil) -> dict[str, float]:
    """True readings of a coil, its slab and its heat."""
    return {**route.told[coil.heat.key], **route.told[coil.slab_key], **route.told.pop(coil.key)}


def _left(segment: str, coils: list[tuple[Coil, dict[str, float]]], scatter: float) -> Left:
    keys = [key for key in coils[0][1] if any(fnmatchcase(key, pattern) for pattern in READ[segment])]
    of_mix, of_limit = [], []
    for grade in GRADES.values():
        own = [(coil, told) for coil, told in coils if coil.grade.key == grade.key]
        if len(own) < LEAST_OF_GRADE * len(keys):
            continue
        y = np.array([[told[key] for key in keys] for _, told in own])
        loss = np.array([coil.loss_w_kg for coil, _ in own])
        share = sqrt(left_variance(y, np.log(loss), _noise_sd(keys, y)) + scatter**2)
        of_mix.append((share * loss) ** 2)
        of_limit.append((share * loss / grade.loss_limit_w_kg) ** 2)
    return Left(
        segment=segment,
        left_w_kg=sqrt(float(np.concatenate(of_mix).mean())),
        left_percent=100.0 * sqrt(float(np.concatenate(of_limit).mean())),
    )


def left_variance(y: Array, answer: Array, noise_sd: Array) -> float:
    """Variance of an answer that the best straight line of noisy readings leaves; see the module.

    Parameters
    ----------
    y
        Readings without scatter (n, p).
    answer
        What they tell of (n,).
    noise_sd
        Scatter of each reading (p,).

    Examples
    --------
    Read with as much noise as it scatters, half of the variance is left:

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=(20_000, 1))
    >>> round(left_variance(truth, truth[:, 0], np.ones(1)), 2)
    0.5
    """
    varies = y.std(axis=0) > CONSTANT * np.abs(y).mean(axis=0)
    y, noise_sd = y[:, varies] - y[:, varies].mean(axis=0), noise_sd[varies]
    n, p = y.shape
    off = answer - answer.mean()
    scale = y.std(axis=0)
    y, noise_sd = y / scale, noise_sd / scale
    both = y.T @ off / n
    told = float(both @ np.linalg.lstsq(y.T @ y / n + np.diag(noise_sd**2), both, rcond=None)[0])
    left = max(float(off @ off) / n - told, 0.0)
    return float(left * n / (n - 1 - p))


def _noise_sd(keys: list[str], y: Array) -> Array:
    """Scatter of each reading at its usual size; what is set is known."""
    listed = parameters()
    sd = [
        0.0
        if listed[key].is_set
        else max(
            0.0 if key in RELATIVE_NOISE else listed[key].noise_sd,
            RELATIVE_NOISE.get(key, 0.0) * abs(usual),
            LEAST_NOISE.get(key, 0.0),
        )
        for key, usual in zip(keys, y.mean(axis=0).tolist(), strict=True)
    ]
    return np.array(sd)


@cache
def _is_read(key: str) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in READ["annealing"])

"""The noise floor: how well the tested P1.5/50 of a coil could be foretold at best, after each segment of its route.

::

    R2 = 1 - E[Var(tested loss | everything true up to the segment)] / Var(tested loss)

Over the whole order mix that is near 1 from the start, for the grade alone tells most of the loss. So it is also given
*within grades*: there the loss counts as a share of its grade's limit, for 1 % means as much to each grade, and in W/kg
the poorest grade would speak for all.

By nested Monte Carlo. A mill runs, and of some coils the whole hidden truth is kept as each segment leaves it. From
there each is made to its end again and again *elsewhere*: in mills of the same constants and the same practice, with
other seeds and at other ages, so with fresh dice and with the later units' hidden states (drift, wear, trim, the
annealing crew's corrections) as they happen to be. What then still scatters, nobody who stood there could have told.

*Everything true up to the segment* is the piece as it is: analysis, grains, thickness, solution. To it belongs what the
instruments have shown of it so far, for that has happened too: later decisions of the practice start from those
readings (the finishing mill from the slab's calculated temperature, the tandem mill from the band's thickness), and in
every continuation from the same ones. What later instruments will show is drawn anew, and the practice acts on that as
it does. How long the slab will wait in the yard is taken from other slabs; the heat cast before it is the one that was.

*Not* known are the states of units that the piece has still to pass. A forecaster who watches the plant learns them
from the coils before (the pyrometer's drift lasts for weeks) and may come above this floor by what they explain; who
knows only some of the truth stays under it.

*From below*: whoever knew the strip itself would still be off by what a test of the same sample scatters
(repeatability). Tests of a stuck tester are left out on both sides: they are faults, not noise.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.events import Stop
from proving_ground.silicon_mill.flow import Flow
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY, RELATIVE_NOISE
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.plant import RUN_IN_H
from proving_ground.silicon_mill.practice import Practice, Rules
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.records import Records
from proving_ground.silicon_mill.route import SEGMENT, Route

TESTED: Final = "TEST.test.P15_50"

ROUTE: Final = (
    "alloying",
    "casting",
    "reheating",
    "hot-rolling",
    "normalising",
    "cold-rolling",
    "annealing",
    "coating",
)
"""After each of these the floor is asked for."""

FAULTY_SHARE: Final = 0.06
"""A test further off the strip's true loss than this share, five times its noise, is that of a stuck tester."""

ROUNDS: Final = 3
"""So often each continuing mill makes a campaign of each grade."""

SPAN_H: Final = 24.0 * 90.0
"""Over which a continuing mill makes its coils."""

FIRST_SEED: Final = 7_001
"""Of the continuing mills."""

BLOCKS: Final = 12
"""Parts of the coils, in time, that standard errors are taken from."""

Array = NDArray[np.float64]
Estimate = tuple[float, float]
"""A figure and its standard error."""

Piece = TypeVar("Piece", Heat, Coil)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The floor after one segment.

    Parameters
    ----------
    segment
        Key of the segment that has just been passed.
    left_w_kg, left_percent
        What cannot be told, as a standard deviation: of the loss, and in % of its grade's limit.
    r2, r2_se
        Best coefficient of determination over the whole order mix, and its standard error.
    within, within_se
        The same within grades: how much of what differs between coils of one grade can be told.
    """

    segment: str
    left_w_kg: float
    left_percent: float
    r2: float
    r2_se: float
    within: float
    within_se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The noise floor of a plant under a practice.

    Parameters
    ----------
    coils
        Tested in the run that it is held against.
    sd_w_kg, within_percent
        Standard deviation of the tested loss over the order mix, and within grades in % of the grade's limit.
    repeat
        Where nothing but the repeated test itself scattered (segment ``testing``).
    standings
        After each segment of :data:`ROUTE`.
    """

    coils: int
    sd_w_kg: float
    within_percent: float
    repeat: Standing
    standings: tuple[Standing, ...]


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One coil of the run with its truth as each segment left it."""

    heat: Heat
    before: Heat | None
    position: int
    wait_h: float = 0.0
    left: dict[str, Coil] = field(default_factory=dict)


def noise_floor(
    *,
    seed: int = 1,
    plant_variation: int = 0,
    practice: str = "usual",
    coils: int = 150,
    again: int = 12,
    days: float = 90.0,
) -> Floor:
    """The noise floor of a plant; about a minute at the default size.

    Parameters
    ----------
    seed, plant_variation, practice
        Of the run that is watched.
    coils
        So many of its coils are continued, spread evenly over the run; one of a heat at most.
    again
        So often after each segment, each time in another mill.
    days
        Length of the run after its run-in.
    """
    constants = draw(FAMILY, CONSTANTS, plant_variation)
    rules = rules_of(practice, plant_variation)
    watched, tests = _watch(rules, constants, (seed, plant_variation), days)
    watched = [watched[k] for k in np.unique(np.linspace(0, len(watched) - 1, coils).astype(int))]
    losses = np.empty((len(ROUTE), len(watched), again))
    for k in range(again):
        losses[:, :, k] = _made_elsewhere(watched, rules, constants, (FIRST_SEED + k, plant_variation))
    return _floor_of(losses, np.array([one.heat.grade.loss_limit_w_kg for one in watched]), tests)


def _watch(
    rules: Rules, constants: Mapping[str, float], which: tuple[int, int], days: float
) -> tuple[list[_Watched], list[tuple[str, float]]]:
    """Run a mill: coils with their truth at each segment, and every test with its grade."""
    route = Route(constants, seed=which[0], plant_variation=which[1])
    flow = Flow(route, Practice(rules, route), Records())
    watched: dict[int, _Watched] = {}
    tests: list[tuple[str, float]] = []
    done: list[_Watched] = []
    for stop in flow.run():
        if flow.now_h >= RUN_IN_H + 24.0 * days:
            return done, tests
        if stop is None or not stop.is_open:
            continue
        if isinstance(stop.piece, Heat):
            _note_heat(watched, stop.piece, stop, route)
        elif (one := watched.get(stop.piece.heat.number)) is not None and one.position == stop.piece.position:
            _note_coil(one, stop.piece, stop)
        if isinstance(stop.piece, Coil) and stop.segment.key == "slitting" and flow.now_h >= RUN_IN_H:
            if _is_sound(stop.piece):
                tests.append((stop.piece.grade.key, stop.piece.seen[TESTED]))
            if one is not None and "coating" in one.left:
                done.append(watched.pop(stop.piece.heat.number))
    raise AssertionError  # a flow has no end


def _note_heat(watched: dict[int, _Watched], heat: Heat, stop: Stop, route: Route) -> None:
    """Begin to watch one coil of a heat that is about to be cast."""
    if stop.segment.key == "casting":
        before = watched.get(heat.number - 1) if heat.place > 0 else None
        position = int(12.0 * route.draws.uniform("floor-position", heat.number))
        watched[heat.number] = _Watched(
            heat=_copied(heat), before=None if before is None else before.heat, position=position
        )


def _note_coil(watched: _Watched, coil: Coil, stop: Stop) -> None:
    """Keep a watched coil as the segment before left it."""
    if stop.segment.key == "reheating":
        watched.wait_h = stop.at_h - coil.cast_h
    passed = _BEFORE.get(stop.segment.key)
    if passed is not None:
        watched.left[passed] = _copied(coil)


_BEFORE: Final = {**dict(zip(ROUTE[2:], ROUTE[1:-1], strict=True)), "slitting": "coating"}
"""Which segment a coil has passed when it stops before another; the test changes nothing that the loss comes from."""


def _copied(piece: Piece) -> Piece:
    """A piece that can be made further without the other."""
    other = copy(piece)
    other.steel, other.account, other.seen = copy(piece.steel), copy(piece.account), dict(piece.seen)
    if isinstance(other, Coil):
        other.defects = list(other.defects)
    return other


def _is_sound(coil: Coil) -> bool:
    return abs(coil.seen[TESTED] / coil.loss_w_kg - 1.0) < FAULTY_SHARE


def _made_elsewhere(
    watched: Sequence[_Watched], rules: Rules, constants: Mapping[str, float], which: tuple[int, int]
) -> Array:
    """Tests of every coil continued once after every segment in one other mill, shape (segments, coils)."""
    elsewhere = _Elsewhere(rules, constants, which)
    grades = list(GRADES)
    turn = which[0] % len(grades)
    campaigns = {key: (k + turn) % len(grades) for k, key in enumerate(grades)}
    order = sorted(range(len(watched)), key=lambda j: (j % ROUNDS, campaigns[watched[j].heat.grade.key], j))
    start_h = 24.0 * (20.0 + 11.0 * (which[0] % 16))
    tested = np.empty((len(ROUTE), len(watched)))
    for place, j in enumerate(order):
        at_h = start_h + SPAN_H * place / len(order)
        wait_h = watched[(j + 31 * turn) % len(watched)].wait_h
        for step in range(len(ROUTE)):
            s = (step + place) % len(ROUTE)  # no segment is always the first after a change of campaign
            tested[s, j] = elsewhere.finish(watched[j], ROUTE[s], wait_h, at_h)
    return tested


class _Elsewhere:
    """Another mill of the same constants and practice."""

    def __init__(self, rules: Rules, constants: Mapping[str, float], which: tuple[int, int]) -> None:
        self._route = Route(constants, seed=which[0], plant_variation=which[1])
        self._practice = Practice(rules, self._route)

    def finish(self, watched: _Watched, passed: str, wait_h: float, at_h: float) -> float:
        """Make a coil to its end from where a segment has left it, and test it; NaN where the tester is stuck."""
        route, practice = self._route, self._practice
        coil = self._cast(watched, at_h) if passed == "alloying" else _copied(watched.left[passed])
        if passed in {"alloying", "casting"}:
            coil.cast_h = at_h - wait_h
        for key in ROUTE[max(ROUTE.index(passed), 1) + 1 :]:
            segment = SEGMENT[key]
            set_points = route.standing(segment, at_h) | practice.set_points(segment, coil, at_h)
            route.pass_coil(segment, coil, set_points, at_h)
        route.pass_coil(SEGMENT["testing"], coil, {}, at_h)
        if passed not in ROUTE[-2:]:
            practice.told(coil, at_h)  # the crew corrects by what was annealed here
        return coil.seen[TESTED] if _is_sound(coil) else np.nan

    def _cast(self, watched: _Watched, at_h: float) -> Coil:
        """Cast the heat and take the slab of the coil's place, or the last one."""
        heat = _copied(watched.heat)
        casting = SEGMENT["casting"]
        set_points = self._route.standing(casting, at_h) | self._practice.set_points(casting, heat, at_h)
        _, slabs, _ = self._route.caster.process(heat, watched.before, set_points, at_h)
        coil = slabs[min(watched.position, len(slabs) - 1)]
        coil.seen.update(heat.seen)
        return coil


def _floor_of(losses: Array, limits: Array, tests: Sequence[tuple[str, float]]) -> Floor:
    """Variances and shares; ``losses`` has shape (segments, coils, mills), ``limits`` (coils,)."""
    grades = [grade for grade, _ in tests]
    values = np.array([loss for _, loss in tests])
    shares = values / np.array([GRADES[grade].loss_limit_w_kg for grade in grades])
    mix = _total(values, ["all"] * len(values))
    within = _total(shares, grades)
    noise = RELATIVE_NOISE[TESTED]
    repeat = tuple((float(((noise * tested) ** 2).mean()), 0.0) for tested in (values, shares))
    return Floor(
        coils=len(values),
        sd_w_kg=sqrt(mix[0]),
        within_percent=100.0 * sqrt(within[0]),
        repeat=_standing("testing", repeat[0], repeat[1], mix, within),
        standings=tuple(
            _standing(segment, _left(continued), _left(continued / limits[:, None]), mix, within)
            for segment, continued in zip(ROUTE, losses, strict=True)
        ),
    )


def _standing(segment: str, left: Estimate, left_share: Estimate, mix: Estimate, within: Estimate) -> Standing:
    """Shares of two variances with their standard errors."""
    r2, r2_se = _told(left, mix)
    share, share_se = _told(left_share, within)
    return Standing(
        segment=segment,
        left_w_kg=sqrt(left[0]),
        left_percent=100.0 * sqrt(left_share[0]),
        r2=r2,
        r2_se=r2_se,
        within=share,
        within_se=share_se,
    )


def _told(left: Estimate, total: Estimate) -> Estimate:
    share = left[0] / total[0]
    return 1.0 - share, float(np.hypot(left[1], share * total[1])) / total[0]


def _total(values: Array, groups: Sequence[str]) -> Estimate:
    """Variance within groups, and its standard error."""
    named = np.array(groups)
    inner = values.copy()
    for group in dict.fromkeys(groups):
        inner[named == group] -= values[named == group].mean()
    squares = inner**2 * len(values) / (len(values) - len(set(groups)))
    return float(squares.mean()), _blocked_se(squares)


def _left(continued: Array) -> Estimate:
    """Mean variance of one coil's continuations, unbiased however few they are, and its standard error.

    Coils that one mill continued share its states, and continuations of one coil its truth: the error is that of
    leaving out one mill after another, and that of leaving out one part of the coils after another.
    """
    mills = continued.shape[1]
    if mills < 3:
        raise ValueError(f"again: expected 3 or more, got {mills}")
    variances = np.nanvar(continued, axis=1, ddof=1)
    without = [np.nanvar(np.delete(continued, k, axis=1), axis=1, ddof=1).mean() for k in range(mills)]
    by_mill = np.sqrt((mills - 1.0) * np.var(without))
    return float(variances.mean()), float(np.hypot(by_mill, _blocked_se(variances)))


def _blocked_se(values: Array) -> float:
    """Standard error of a mean over coils that resemble their neighbours: that of the means of blocks."""
    means = [block.mean() for block in np.array_split(values, BLOCKS)]
    return float(np.std(means, ddof=1) / np.sqrt(BLOCKS))

"""What the mill's instruments make of the truth: noise, bias, drift, faults; and all that is nuisance.

Of a stage's parameters some are determined by its physics (``truth``): their instruments add noise, a bias of their own
and a slow drift. All others are nuisance, as most of a mill's 1,080 parameters are: counters run up and are reset,
set-points stand for weeks, measured values wander slowly about their usual place, each by itself. Sizes are guessed
from usual practice: spectrometers 1-2 %, grain size 8 %, a tester on the line 1.8 %, 0.5-2 % of values stuck or
missing.

Two faults can be switched on for any parameter: ``instrument-drift:KEY`` and ``instrument-stuck:KEY``. They change what
is shown, never what happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN
from pilothouse.seeds import stream
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.parameters import MillParameter, of_unit, parameters

FAMILY: Final = "silicon-mill"
"""Key of the family, and part of the name of every random stream."""

Array = NDArray[np.float64]
Statuses = NDArray[np.uint8]

CHECKED: Final = 0.3
"""Bias of a laboratory instrument over that of one on the line: it is checked against reference samples."""

MISSING_SHARE: Final = 0.006
BROKEN_SHARE: Final = 0.0004
STUCK_SHARE: Final = 0.003
"""Of measured parameters, on any day."""

RELATIVE_NOISE: Final = {
    "TEST.test.P10_50": 0.012,
    "TEST.test.P15_50": 0.012,
    "TEST.test.P10_400": 0.012,
    "FAL.online.P15_50": 0.018,
    "FAL.lab.grain": 0.08,
    "HSM.band.grain": 0.08,
    "RH.final.Si": 0.010,
    "RH.final.Als": 0.015,
    "RH.final.Mn": 0.012,
    "RH.final.P": 0.015,
}
"""Noise that is a share of the value."""

LEAST_NOISE: Final = {
    "RH.final.C": 2.0,
    "RH.final.S": 1.0,
    "RH.final.N": 2.0,
    "RH.final.O_t": 1.5,
    "RH.final.Ti": 1.0,
    "FAL.lab.C": 2.0,
    "FAL.lab.N": 2.0,
    "FAL.lab.O": 2.0,
}
"""In the unit of the parameter; smaller noise than this no spectrometer has."""

COUNTED: Final = ("life", "age", "km", "round_position", "charge_seq", "sequence_no", "round_km", "wear", "knife_km")
"""Quantities that run up and are reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the instruments of one unit showed of one piece; arrays by place in :func:`.parameters.of_unit`.

    Parameters
    ----------
    places
        Of the parameters that this run is about.
    values
        NaN where a value is missing.
    asked_again
        What the crew worked with: it looks again where a value is missing or plainly broken.
    statuses
        As in :mod:`pilothouse.plant.frame`.
    """

    places: NDArray[np.intp]
    values: Array
    asked_again: Array
    statuses: Statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Some:
    """Some places of a unit, with what does not change about them."""

    places: NDArray[np.intp]
    low: Array
    high: Array
    span: Array
    shown_by_instrument: NDArray[np.bool_]
    counted: NDArray[np.intp]
    period: Array
    phase: Array


class Instruments:
    """The instruments of one unit of the mill.

    Parameters
    ----------
    unit
        One of :data:`.parameters.UNITS`.
    seed, plant_variation
        Of the run and of the plant: a plant's instruments have their own usual places.
    """

    def __init__(self, unit: str, *, seed: int, plant_variation: int) -> None:
        listed = of_unit(unit)
        self._unit = unit
        self._index = {p.key: place for place, p in enumerate(listed)}
        self._low = np.array([p.low for p in listed])
        self._high = np.array([p.high for p in listed])
        self._span = self._high - self._low
        self._sd = np.array([0.0 if p.is_set or p.key in RELATIVE_NOISE else p.noise_sd for p in listed])
        self._relative = np.array([RELATIVE_NOISE.get(p.key, 0.0) for p in listed])
        self._least = np.array([LEAST_NOISE.get(p.key, 0.0) for p in listed])
        self._set = np.array([p.is_set for p in listed])
        self._unchecked = np.array([CHECKED if p.role == "laboratory" else 1.0 for p in listed])
        self._counted = np.array([_is_counted(p) for p in listed])
        self._moving = ~self._counted & np.array([p.role == "measured" for p in listed])
        rng = stream(plant_variation, FAMILY, "instruments", unit)
        offset = np.clip(rng.standard_normal(len(listed)), -2.0, 2.0) if plant_variation else np.zeros(len(listed))
        self._usual = np.array([p.usual for p in listed]) + 0.08 * self._span * offset
        self._phase, self._period = rng.random(len(listed)), 60.0 + 900.0 * rng.random(len(listed))
        self._d = Disturbances(seed=seed, family=FAMILY, width=len(listed))
        self._day = -1
        self._names = {name: f"{name}-{unit}" for name in ("noise", "nuisance", "fate", "bias", "stuck", "wander")}
        self._middle = self._bias = np.zeros(len(listed))
        self._stuck = np.zeros(len(listed), dtype=bool)
        self._shown = np.full(len(listed), np.nan)
        self._drifting: dict[int, float] = {}
        self._frozen: set[int] = set()
        self._some: dict[int, _Some] = {}
        self._where: dict[tuple[int, tuple[str, ...]], tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
        self._standing: dict[tuple[str, ...], tuple[int, dict[str, float]]] = {}

    def disturb(self, fault: str, key: str, at_h: float) -> None:
        """Switch a fault of one instrument on: ``drift`` (2 % of its range a day) or ``stuck``."""
        place = self._index[key]
        if fault == "drift":
            self._drifting.setdefault(place, at_h)
        else:
            self._frozen.add(place)

    def calm(self, fault: str, key: str) -> None:
        """Switch it off."""
        place = self._index[key]
        if fault == "drift":
            self._drifting.pop(place, None)
        else:
            self._frozen.discard(place)

    def standing(self, keys: tuple[str, ...], at_h: float) -> dict[str, float]:
        """Set-points that nobody works out for a piece: they stand for weeks."""
        week = int(at_h // 168.0)
        if self._standing.get(keys, (-1, {}))[0] != week:
            drawn = self._d.normals(f"standing-{self._unit}", week)
            places = [self._index[key] for key in keys]
            values = self._usual[places] + 0.05 * self._span[places] * np.round(drawn[places])
            values = np.clip(values, self._low[places], self._high[places])
            self._standing[keys] = (week, dict(zip(keys, values.tolist(), strict=True)))
        return dict(self._standing[keys][1])

    def read(
        self,
        places: NDArray[np.intp],
        number: int,
        at_h: float,
        truth: Mapping[str, float],
        set_points: Mapping[str, float],
    ) -> Shown:
        """What is shown of one piece.

        Parameters
        ----------
        places
            Which of the unit's parameters.
        number
            Of the piece: its noise is its own, whatever the practice does.
        at_h
            Hours since the run began.
        truth
            True values, by key; what is not among the places is left out.
        set_points
            As they were set, by key; shown as they are.
        """
        self._move_on(int(at_h // 24.0), int(at_h // 2160.0))
        some = self._some_of(places)
        values = self._nuisance(some, number)
        self._determine(some, values, truth, number)
        if set_points:
            from_, to = self._found(places, tuple(set_points))
            values[to] = np.fromiter(set_points.values(), dtype=float, count=len(set_points))[from_]
        for place, since_h in self._drifting.items():
            values[places == place] += 0.02 * self._span[place] * (at_h - since_h) / 24.0
        return self._with_faults(some, values, number)

    def _move_on(self, day: int, quarter: int) -> None:
        """Once a day: where the nuisance wanders to, which instruments are stuck, how far each is off."""
        if day == self._day:
            return
        steps = range(max(day - 40, 0), day + 1)  # what is older than 40 days is forgotten to 2 %
        wandering = np.zeros(len(self._usual))
        for step in steps:
            wandering = 0.9 * wandering + 0.436 * self._d.normals(self._names["wander"], step)
        self._middle = self._usual + 0.07 * self._span * wandering
        self._bias = self._unchecked * (0.4 * self._d.normals(self._names["bias"], quarter) + 0.3 * wandering)
        self._stuck = (self._d.uniforms(self._names["stuck"], day) < STUCK_SHARE) & self._moving
        self._day = day

    def _some_of(self, places: NDArray[np.intp]) -> _Some:
        some = self._some.get(id(places))
        if some is None:
            counted = np.flatnonzero(self._counted[places])
            some = self._some[id(places)] = _Some(
                places=places,
                low=self._low[places],
                high=self._high[places],
                span=self._span[places],
                shown_by_instrument=~self._set[places],
                counted=counted,
                period=self._period[places][counted],
                phase=self._phase[places][counted],
            )
        return some

    def _nuisance(self, some: _Some, number: int) -> Array:
        own = self._d.normals(self._names["nuisance"], number)[some.places]
        values = self._middle[some.places] + 0.035 * some.span * own
        if len(some.counted):
            running = (number / some.period + some.phase) % 1.0
            values[some.counted] = some.low[some.counted] + some.span[some.counted] * running
        return values

    def _determine(self, some: _Some, values: Array, truth: Mapping[str, float], number: int) -> None:
        """Put what the physics determines in place, with noise and bias."""
        if not truth:
            return
        from_, to = self._found(some.places, tuple(truth))
        true = np.fromiter(truth.values(), dtype=float, count=len(truth))[from_]
        places = some.places[to]
        sd = np.maximum(np.maximum(self._sd[places], self._relative[places] * np.abs(true)), self._least[places])
        noise = self._d.normals(self._names["noise"], number)[places]
        values[to] = true + sd * (noise + self._bias[places])

    def _found(self, places: NDArray[np.intp], keys: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of some keys are among the places, and where."""
        known = (id(places), keys)
        found = self._where.get(known)
        if found is None:
            among = {place: k for k, place in enumerate(places.tolist())}
            pairs = [
                (k, among[self._index[key]])
                for k, key in enumerate(keys)
                if key in self._index and self._index[key] in among
            ]
            found = self._where[known] = (
                np.array([k for k, _ in pairs], dtype=np.intp),
                np.array([k for _, k in pairs], dtype=np.intp),
            )
        return found

    def _with_faults(self, some: _Some, values: Array, number: int) -> Shown:
        places = some.places
        stuck = self._stuck[places]
        if self._frozen:
            stuck = stuck | np.isin(places, list(self._frozen))
        if stuck.any():
            last = self._shown[places]
            values = np.where(stuck & np.isfinite(last), last, values)
        shown = np.clip(values, some.low, some.high)
        statuses = np.where(shown != values, UNCERTAIN, GOOD).astype(np.uint8)
        fate = self._d.uniforms(self._names["fate"], number)[places]
        broken = (fate > 1.0 - BROKEN_SHARE) & some.shown_by_instrument
        statuses[broken] = BAD
        recorded = np.where(broken, some.low, shown)
        recorded[(fate < MISSING_SHARE) & some.shown_by_instrument] = np.nan
        self._shown[places] = shown
        return Shown(places=places, values=recorded, asked_again=shown, statuses=statuses)


def _is_counted(parameter: MillParameter) -> bool:
    quantity = parameter.key.rpartition(".")[2]
    return not parameter.is_set and any(quantity == c or quantity.endswith("_" + c) for c in COUNTED)


def instrument_of(name: str) -> tuple[str, str] | None:
    """Fault and parameter of a disturbance of an instrument; None for any other name.

    Examples
    --------
    >>> instrument_of("instrument-drift:FAL.line.soak_temp")
    ('drift', 'FAL.line.soak_temp')
    """
    for fault in ("drift", "stuck"):
        prefix = f"instrument-{fault}:"
        if name.startswith(prefix) and name.removeprefix(prefix) in parameters():
            return fault, name.removeprefix(prefix)
    return None

"""The route of a piece: its segments in order, and what passing one of them leaves behind.

A segment is a step at which people or a hub decide: the blow and its last minutes are two, though one converter does
both. Passing a segment changes the piece, and gives what the instruments showed, on the line at once and from the
laboratory later. The flow of pieces in time is elsewhere: studies run the route alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import Grade
from proving_ground.silicon_mill.instruments import FAMILY, Instruments, Shown, instrument_of
from proving_ground.silicon_mill.parameters import UNITS, of_unit
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.stages.annealing import Annealing
from proving_ground.silicon_mill.stages.caster import Caster
from proving_ground.silicon_mill.stages.coating import Coating
from proving_ground.silicon_mill.stages.cold_mill import ColdMill
from proving_ground.silicon_mill.stages.converter import Converter
from proving_ground.silicon_mill.stages.desulphurisation import Desulphurisation
from proving_ground.silicon_mill.stages.hot_mill import HotMill
from proving_ground.silicon_mill.stages.normalising import Normalising
from proving_ground.silicon_mill.stages.reheating import Reheating
from proving_ground.silicon_mill.stages.slitting import Slitting
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth
from proving_ground.silicon_mill.stages.testing import MagneticTest
from proving_ground.silicon_mill.stages.vacuum import VacuumDegasser

_LATE_BLOW: Final = ("BOF.blow_phase06.", "BOF.sublance_shot02.", "BOF.end.", "BOF.tap.", "BOF.slag.")
_ALLOYING: Final = ("RH.phase_p04.", "RH.phase_p05.", "RH.alloy_", "RH.probe_n03.", "RH.final.")
_OF_SLAB: Final = ("CC.slab.", "CC.yard.")
_HOT_METAL: Final = ("HMD.hm_",)
_ARRIVAL: Final = ("RH.arrival.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One step of the route.

    Parameters
    ----------
    key
        As in the plant folder.
    unit
        Of the mill.
    material
        What passes it, as in the plant folder.
    only, but
        Beginnings of the keys of the unit's parameters that belong, or do not belong, to it.
    """

    key: str
    unit: str
    material: str
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def places(self) -> NDArray[np.intp]:
        """Places of its parameters in :func:`.parameters.of_unit`."""
        return _places(self)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of its parameters, in the order of their places."""
        return _keys(self)

    @property
    def set_points(self) -> tuple[str, ...]:
        """Keys of what is set in it."""
        return _set_points(self)


@cache
def _places(segment: Segment) -> NDArray[np.intp]:
    listed = of_unit(segment.unit)
    return np.array([k for k, p in enumerate(listed) if _belongs(segment, p.key)], dtype=np.intp)


@cache
def _keys(segment: Segment) -> tuple[str, ...]:
    listed = of_unit(segment.unit)
    return tuple(listed[place].key for place in segment.places)


@cache
def _set_points(segment: Segment) -> tuple[str, ...]:
    listed = of_unit(segment.unit)
    own = tuple(listed[k].key for k in segment.places if listed[k].is_set)
    return own + (CASTING_OF_SLABS.set_points if segment.key == "casting" else ())


def _belongs(segment: Segment, key: str) -> bool:
    return (not segment.only or key.startswith(segment.only)) and not (segment.but and key.startswith(segment.but))


CASTING_OF_SLABS: Final = Segment(key="cutting", unit="CC", material="slab", only=_OF_SLAB)
"""What is recorded of each slab; it is set when its heat is cast."""

ARRIVALS: Final = {
    "desulphurising": Segment(key="desulphurising", unit="HMD", material="heat", only=_HOT_METAL),
    "decarburising": Segment(key="decarburising", unit="RH", material="heat", only=_ARRIVAL),
}
"""What is measured of a heat on arrival, before anything is set for it."""

SEGMENTS: Final = (
    Segment(key="desulphurising", unit="HMD", material="heat", but=_HOT_METAL),
    Segment(key="blowing", unit="BOF", material="heat", but=_LATE_BLOW),
    Segment(key="ending-the-blow", unit="BOF", material="heat", only=_LATE_BLOW),
    Segment(key="decarburising", unit="RH", material="heat", but=(*_ALLOYING, *_ARRIVAL)),
    Segment(key="alloying", unit="RH", material="heat", only=_ALLOYING),
    Segment(key="casting", unit="CC", material="heat", but=_OF_SLAB),
    Segment(key="reheating", unit="REHEAT", material="slab"),
    Segment(key="hot-rolling", unit="HSM", material="coil"),
    Segment(key="normalising", unit="APL", material="coil"),
    Segment(key="cold-rolling", unit="CRM", material="coil"),
    Segment(key="annealing", unit="FAL", material="coil"),
    Segment(key="coating", unit="COAT", material="coil"),
    Segment(key="slitting", unit="SLIT", material="slit-coil"),
    Segment(key="testing", unit="TEST", material="coil"),
)
"""In the order in which a piece meets them; a slit coil is recorded at slitting, its coil is what is slit."""

SEGMENT: Final = {segment.key: segment for segment in SEGMENTS}

FAULTY_SHARE: Final = (0.05, 0.6)
"""Least faulty share of the length of a coil with a defect of surface or shape, and how much more it can be."""

SLIT_COILS: Final = 8
"""Room in the numbering of slit coils."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What was shown of one piece in one segment.

    Parameters
    ----------
    segment
        Where.
    piece
        The piece's key.
    number
        What its noise was drawn by.
    shown
        By the instruments.
    """

    segment: Segment
    piece: str
    number: int
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What passing a segment left behind.

    Parameters
    ----------
    run
        As the stage told it.
    shots
        What was shown; of a heat that is cast also its slabs', of a coil that is slit its slit coils'.
    slabs
        Of a heat that is cast.
    """

    run: Run
    shots: tuple[Shot, ...]
    slabs: tuple[Coil, ...] = ()


class Route:
    """The units of one mill with their hidden states and instruments.

    Parameters
    ----------
    constants
        Of the plant.
    seed, plant_variation
        Of the run and the plant.
    """

    def __init__(self, constants: Mapping[str, float], *, seed: int, plant_variation: int) -> None:
        draws = Disturbances(seed=seed, family=FAMILY, balanced=True)
        self.draws = draws
        self.converter = Converter(constants, draws)
        self.degasser = VacuumDegasser(constants, draws)
        self.caster = Caster(constants, draws)
        self.slitting = Slitting(constants, draws)
        self.desulphurisation = Desulphurisation(constants, draws)
        self.reheating = Reheating(constants, draws)
        self.hot_mill = HotMill(constants, draws)
        self.normalising = Normalising(constants, draws)
        self.cold_mill = ColdMill(constants, draws)
        self.annealing = Annealing(constants, draws)
        self.coating = Coating(constants, draws)
        self.testing = MagneticTest(constants, draws)
        self._of_heats: Mapping[str, Callable[[Heat, SetPoints, float], Run]] = {
            "desulphurising": self.desulphurisation.process,
            "blowing": self.converter.charge_and_blow,
            "ending-the-blow": self.converter.finish,
            "decarburising": self.degasser.decarburise,
            "alloying": self.degasser.alloy,
        }
        self._of_coils: Mapping[str, Callable[[Coil, SetPoints, float], Run]] = {
            "reheating": self.reheating.process,
            "hot-rolling": self.hot_mill.process,
            "normalising": self.normalising.process,
            "cold-rolling": self.cold_mill.process,
            "annealing": self.annealing.process,
            "coating": self.coating.process,
            "testing": self.testing.process,
        }
        self._instruments = {unit: Instruments(unit, seed=seed, plant_variation=plant_variation) for unit in UNITS}
        self._before: Heat | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every unit, in the order of the route."""
        return (
            self.desulphurisation,
            self.converter,
            self.degasser,
            self.caster,
            self.reheating,
            self.hot_mill,
            self.normalising,
            self.cold_mill,
            self.annealing,
            self.coating,
            self.slitting,
            self.testing,
        )

    def standing(self, segment: Segment, at_h: float) -> dict[str, float]:
        """Set-points of a segment that nobody works out for a piece."""
        return self._instruments[segment.unit].standing(segment.set_points, at_h)

    def arrive(self, segment: Segment, heat: Heat, at_h: float) -> tuple[Shot, ...]:
        """Sample a heat that arrives at a segment, where it is sampled there."""
        sampled = ARRIVALS.get(segment.key)
        if sampled is None:
            return ()
        truth = (
            self.desulphurisation.receive(heat, at_h).truth
            if segment.key == "desulphurising"
            else self.degasser.arrive(heat).truth
        )
        shot = self._shoot(sampled, heat.key, heat.number, (truth, {}), at_h)
        self._see(sampled, heat.seen, shot)
        return (shot,)

    def pass_heat(self, segment: Segment, heat: Heat, set_points: SetPoints, at_h: float) -> Passed:
        """Let a heat pass a segment."""
        if segment.key == "casting":
            return self._cast(segment, heat, set_points, at_h)
        run = self._of_heats[segment.key](heat, set_points, at_h)
        shot = self._shoot(segment, heat.key, heat.number, (run.truth, set_points), at_h)
        self._see(segment, heat.seen, shot)
        return Passed(run=run, shots=(shot,))

    def pass_coil(self, segment: Segment, coil: Coil, set_points: SetPoints, at_h: float) -> Passed:
        """Let a slab or coil pass a segment."""
        if segment.key == "slitting":
            return self._slit(segment, coil, set_points, at_h)
        run = self._of_coils[segment.key](coil, set_points, at_h)
        key = coil.slab_key if segment.material == "slab" else coil.key
        shot = self._shoot(segment, key, coil.number, (run.truth, set_points), at_h)
        self._see(segment, coil.seen, shot)
        return Passed(run=run, shots=(shot,))

    def guaranteed_b50_t(self, grade: Grade) -> float:
        """Least B50 that the mill guarantees for a grade."""
        return self.testing.guaranteed_t[grade.key]

    def faulty_share(self, coil: Coil) -> float:
        """Of its length that surface or shape defects of a coil take, where it has any."""
        return FAULTY_SHARE[0] + FAULTY_SHARE[1] * self.draws.uniform("faulty-share", coil.number)

    def disturb(self, name: str, at_h: float, *, on: bool) -> bool:
        """Switch a disturbance on or off; False where the mill has none of that name."""
        fault = instrument_of(name)
        if fault is not None:
            instruments = self._instruments[fault[1].partition(".")[0]]
            if on:
                instruments.disturb(*fault, at_h)
            else:
                instruments.calm(*fault)
            return True
        for stage in self.stages:
            if name in stage.DISTURBANCES:
                if on:
                    stage.disturb(name, at_h)
                else:
                    stage.calm(name)
                return True
        return False

    def _cast(self, segment: Segment, heat: Heat, set_points: SetPoints, at_h: float) -> Passed:
        before = self._before if heat.place > 0 else None
        run, slabs, truths = self.caster.process(heat, before, set_points, at_h)
        self._before = heat
        of_heat = {key: v for key, v in set_points.items() if not key.startswith(_OF_SLAB)}
        of_slab = {key: v for key, v in set_points.items() if key.startswith(_OF_SLAB)}
        shots = [self._shoot(segment, heat.key, heat.number, (run.truth, of_heat), at_h)]
        for slab, truth in zip(slabs, truths, strict=True):
            shot = self._shoot(CASTING_OF_SLABS, slab.slab_key, slab.number, (truth, of_slab), at_h)
            self._see(CASTING_OF_SLABS, slab.seen, shot)
            slab.seen.update(heat.seen)
            shots.append(shot)
        return Passed(run=run, shots=tuple(shots), slabs=slabs)

    def _slit(self, segment: Segment, coil: Coil, set_points: SetPoints, at_h: float) -> Passed:
        run, truths = self.slitting.process(coil, set_points, at_h)
        shots = tuple(
            self._shoot(segment, f"{coil.key}-{k + 1}", coil.number * SLIT_COILS + k, (truth, set_points), at_h)
            for k, truth in enumerate(truths)
        )
        return Passed(run=run, shots=shots)

    def _shoot(self, segment: Segment, piece: str, number: int, told: tuple[Truth, SetPoints], at_h: float) -> Shot:
        truth, set_points = told
        shown = self._instruments[segment.unit].read(segment.places, number, at_h, truth, set_points)
        return Shot(segment=segment, piece=piece, number=number, shown=shown)

    @staticmethod
    def _see(segment: Segment, seen: dict[str, float], shot: Shot) -> None:
        seen.update(zip(segment.keys, shot.shown.asked_again.tolist(), strict=True))

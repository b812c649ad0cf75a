"""The ladle furnace that does not exist: heats come, are treated, and leave; only records and moments come out."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pilothouse.plant.open_order import OpenOrder, StockPiece
from pilothouse.plants import Aim, Calendar, Figure, Moment, Reading, Refusal
from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.campaign import Campaign
from proving_ground.ladle_furnace.constants import CONSTANTS, FAMILY
from proving_ground.ladle_furnace.floor import noise_floor
from proving_ground.ladle_furnace.materials import WINDOW_K
from proving_ground.ladle_furnace.practice import PRACTICES, Practice, Step, commissioned, recentred
from proving_ground.ladle_furnace.records import Records, instant_ns, piece_key
from proving_ground.ladle_furnace.score import Outcome, figures_of
from proving_ground.ladle_furnace.sensors import Sensors
from proving_ground.ladle_furnace.treatment import FAULTY_BELOW_DEGC, Treatment

LEVER: Final = "active_energy"
SEGMENT: Final = "ladle-treatment"

SMALLEST_KWH: Final = 30.0
LARGEST_KWH: Final = 2500.0
HOTTEST_DEGC: Final = 1690.0
CAUTIOUS_K_PER_MWH: Final = 24.0
"""What the interlock takes a megawatt-hour to be worth at most."""

REST_MIN: Final = 4.0
"""Between one heat and the next; the converter taps a heat when the furnace is free for it."""


class LadleFurnace:
    """One plant of the family; see :class:`pilothouse.plants.ProvingPlant`.

    Examples
    --------
    >>> plant = LadleFurnace(seed=1)
    >>> moment = next(plant.moments(1))
    >>> moment.piece, moment.levers, [r.parameter for r in moment.readings][-1]
    ('H00001', ('active_energy',), 'temperature')
    >>> plant.command(moment.piece, "active_energy", 99_000.0).reason
    'expected 0, or 30 to 2500 kWh at a time, got 99000'
    >>> plant.run(1)
    >>> plant.figures()["heats"].value
    1.0
    """

    def __init__(self, *, seed: int, plant_variation: int = 0, practice: str = "usual") -> None:
        if practice not in PRACTICES:
            raise ValueError(f"practice: expected one of {', '.join(PRACTICES)}, got {practice!r}")
        self._constants = draw(FAMILY, CONSTANTS, plant_variation)
        self._draws = Disturbances(seed=seed, family=FAMILY)
        self._sensors = Sensors(constants=self._constants, draws=self._draws)
        self._campaign = Campaign(self._constants, self._draws)
        self._practice = _practice(practice, plant_variation, self._constants, self._draws)
        self._records = Records()
        self._outcomes: list[Outcome] = []
        self._counted_from = 0
        self._open: Treatment | None = None
        self._ordered_kwh: float | None = None
        self._last_reading_degc = self._now_min = 0.0
        self._told = (0, 0, 0)
        self._flow = self._treat_all()

    @property
    def now_ns(self) -> int:
        """The instant up to which it has run."""
        return instant_ns(self._now_min)

    def run(self, pieces: int) -> None:
        """Make so many more heats under the plant's practice."""
        for _ in self.moments(pieces):
            pass

    def moments(self, pieces: int) -> Iterator[Moment]:
        """Make so many more heats, stopping after every probe."""
        if pieces < 0:
            raise ValueError(f"pieces: expected 0 or more, got {pieces}")
        goal = len(self._outcomes) + pieces
        while len(self._outcomes) < goal:
            moment = next(self._flow)
            if moment is not None:
                yield moment

    def command(self, piece: str, parameter: str, value: float) -> Refusal | None:
        """Order the energy of the heating that comes next; 0 for none."""
        reason = self._why_not(piece, parameter, value)
        if reason is not None:
            return Refusal(piece=piece, parameter=parameter, reason=reason)
        self._ordered_kwh = value
        return None

    def calendars(self) -> Mapping[str, Calendar]:
        """None: nothing of the furnace is serviced by a calendar that could be set."""
        return {}

    def reschedule(self, calendar: str, every: float) -> Refusal | None:  # noqa: ARG002 - there is nothing to set
        """Refused, whatever it is."""
        return Refusal(piece="", parameter=calendar, reason=f"{calendar}: the furnace has no calendar that can be set")

    def orders(self) -> tuple[OpenOrder, ...]:
        """None: the caster takes every heat."""
        return ()

    def stock(self) -> tuple[StockPiece, ...]:
        """None: nothing waits."""
        return ()

    def assign(self, piece: str, order: str) -> Refusal | None:
        """Refused, whatever it is."""
        return Refusal(piece=piece, parameter=order, reason=f"order {order}: the furnace keeps no orders")

    def write_history(self, folder: Path) -> None:
        """Write the seven files of all that was recorded."""
        self._records.write(folder)

    def figures(self) -> Mapping[str, Figure]:
        """Hit rate, energy, overheating (see :mod:`.score`), and the best that can be foretold (:mod:`.floor`)."""
        counted = self._outcomes[self._counted_from :]
        return figures_of(counted) | noise_floor(counted, self._constants)

    def count_anew(self) -> None:
        """Let the figures count from now on."""
        self._counted_from = len(self._outcomes)

    def outcomes(self) -> tuple[Outcome, ...]:
        """The hidden truth of every heat made so far; for scoring and the plant's own tests, not on the port."""
        return tuple(self._outcomes)

    def records(self) -> Records:
        """What is recorded so far; for scoring and the plant's own tests, not on the port."""
        return self._records

    def _treat_all(self) -> Iterator[Moment | None]:
        """One heat after another: its moments, then None when it has left."""
        free_min = 0.0
        while True:
            heat = self._campaign.next_heat()
            treatment = Treatment(
                heat=heat,
                constants=self._constants,
                draws=self._draws,
                sensors=self._sensors,
                practice=self._practice,
                records=self._records,
                start_min=max(heat.due_min, free_min),
            )
            treatment.arrive()
            yield from self._treat(treatment)
            treatment.leave()
            self._now_min = treatment.now_min
            free_min = treatment.now_min + REST_MIN
            self._outcomes.append(Outcome.of(treatment))
            yield None

    def _treat(self, treatment: Treatment) -> Iterator[Moment]:
        while True:
            self._open, self._ordered_kwh = treatment, None
            yield self._moment(treatment)
            ordered_kwh, self._open = self._ordered_kwh, None
            step = self._practice.next(treatment.seen())
            if ordered_kwh is not None and (ordered_kwh > 0.0 or not step.leave):
                step = Step(energy_kwh=ordered_kwh, minutes=step.minutes)
            if step.leave:
                return
            treatment.carry_out(step)

    def _moment(self, treatment: Treatment) -> Moment:
        """What became known since the last moment, in order of knowing."""
        records = self._records
        temps, arcs, additions = self._told
        known = [
            *((at, at, "temperature", degc) for _, at, degc, _ in records.readings[temps:]),
            *((start, end, "active_energy", kwh) for _, start, end, kwh, _ in records.arcs[arcs:]),
            *((start, end, "reactive_energy", kvarh) for _, start, end, _, kvarh in records.arcs[arcs:]),
            *((at, at, material, kg) for _, material, at, kg in records.additions[additions:]),
        ]
        self._now_min = treatment.now_min
        self._told = (len(records.readings), len(records.arcs), len(records.additions))
        self._last_reading_degc = treatment.seen().last_degc
        aim_degc = treatment.heat.aim_degc
        return Moment(
            piece=piece_key(treatment.heat.number),
            segment=SEGMENT,
            at_ns=instant_ns(treatment.now_min),
            readings=tuple(
                Reading(parameter=p, value=v, happened_ns=instant_ns(start), known_ns=instant_ns(end))
                for start, end, p, v in sorted(known, key=lambda row: row[1])
            ),
            levers=(LEVER,),
            aims=(Aim(parameter="temperature", low=aim_degc - WINDOW_K, high=aim_degc + WINDOW_K),),
        )

    def _why_not(self, piece: str, parameter: str, value: float) -> str | None:
        """The interlock: why a command cannot be taken."""
        if self._open is None or piece != piece_key(self._open.heat.number):
            return f"piece {piece} is not at a moment in the furnace"
        if parameter != LEVER:
            return f"{parameter} cannot be commanded; only {LEVER} can"
        if not math.isfinite(value) or not (value == 0.0 or SMALLEST_KWH <= value <= LARGEST_KWH):
            return f"expected 0, or {SMALLEST_KWH:g} to {LARGEST_KWH:g} kWh at a time, got {value:g}"
        reached_degc = self._last_reading_degc + CAUTIOUS_K_PER_MWH * value / 1000.0
        if value > 0.0 and self._last_reading_degc >= FAULTY_BELOW_DEGC and reached_degc > HOTTEST_DEGC:
            return f"the steel might reach {reached_degc:.0f} degC; the lining bears {HOTTEST_DEGC:g}"
        return None


def _practice(name: str, plant_variation: int, constants: dict[str, float], draws: Disturbances) -> Practice:
    """The crew; for the re-centred one, the table is first fitted to heats of this plant under usual practice."""
    if name == "usual":
        return Practice(rule=commissioned(constants), draws=draws)
    studied = LadleFurnace(seed=STUDY_SEED, plant_variation=plant_variation)
    studied.run(STUDY_HEATS)
    return Practice(rule=recentred(studied.records()), draws=draws, habit=False)


STUDY_SEED: Final = 20_251
STUDY_HEATS: Final = 600
"""The process engineer's month: heats of the same plant under other disturbances."""

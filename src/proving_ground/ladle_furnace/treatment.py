"""One heat in the furnace: what is done to it, what truly happens, and what of it is recorded."""

from math import exp
from typing import Final

from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.balance import State, advance, chill
from proving_ground.ladle_furnace.campaign import Heat
from proving_ground.ladle_furnace.materials import MATERIALS
from proving_ground.ladle_furnace.practice import Practice, Seen, Step
from proving_ground.ladle_furnace.records import Records
from proving_ground.ladle_furnace.sensors import Sensors

LONGEST_ARC_KWH: Final = 1300.0
"""Then the electrodes are lifted and the slag is looked at."""

RAW_ARCS: Final = 2
"""Arcs under slag that is not yet molten."""

FAULTY_BELOW_DEGC: Final = 1450.0

_WHEN: Final = {m.key: m.when for m in MATERIALS}

Event = tuple[str, float, float]
"""``("time", minutes, arc kW)``, ``("chill", place in MATERIALS, kg)`` or ``("probe", number, degC)``."""


class Treatment:
    """A heat from its arrival until it leaves.

    Attributes
    ----------
    state
        The truth.
    start_min, minutes
        When it began, in minutes since the run did, and how long it has lasted.
    events
        What happened, in order: enough to run the balance again.
    energy_kwh
        By the meter, so far.
    probe_error_k
        What the last probe showed, less the true temperature under it.
    """

    def __init__(  # noqa: PLR0913 - what a heat meets
        self,
        *,
        heat: Heat,
        constants: dict[str, float],
        draws: Disturbances,
        sensors: Sensors,
        practice: Practice,
        records: Records,
        start_min: float,
    ) -> None:
        self.heat = heat
        self.practice = practice
        self.start_min = start_min
        self.minutes = 0.0
        self.energy_kwh = self.probe_error_k = 0.0
        self.events: list[Event] = []
        self.state = State(bath_degc=heat.arrival_degc, lining_degc=heat.lining_degc, unmixed_k=0.0, lost_kwh=0.0)
        self._constants = constants
        self._draws = draws
        self._sensors = sensors
        self._records = records
        self._pending = dict(heat.additions_kg)
        self._arcs = self._probes = self._steps = 0
        self._last_degc = heat.aim_degc
        self._first_min: float | None = None
        self._power_kw = 1000.0 * constants["arc_power_mw"] * exp(0.07 * draws.normal("power", heat.number))
        self.gas_nm3_min = 0.24 * exp(0.45 * draws.normal("gas", heat.number))

    def arrive(self) -> None:
        """Heat on arrival, then probe for the first time."""
        first = self.practice.first(self.heat.number)
        early = self._draws.uniform("slag-early", self.heat.number) < 0.19
        self._carry_out(first, ("slag",) if early else ())
        self._probe_until_believed(self._last_degc, doubtful=False)
        self._first_min = self.minutes

    def seen(self) -> Seen:
        """What the crew knows now."""
        first_min = self.minutes if self._first_min is None else self._first_min
        return Seen(
            heat=self.heat.number,
            step=self._steps,
            aim_degc=self.heat.aim_degc,
            last_degc=self._last_degc,
            left_min=max(first_min + self.heat.treatment_min - self.minutes, 0.0),
            pending_kg=sum(self._pending.values()),
        )

    def carry_out(self, step: Step) -> None:
        """Do a step and probe after it."""
        self._steps += 1
        late = step.minutes >= self.seen().left_min - 1.0
        due = {1: ("slag",), 2: ("slag", "alloy")}.get(self._steps, ("slag", "alloy", "wire"))
        before_kg = sum(self._pending.values())
        minutes = self._carry_out(step, ("slag", "alloy", "wire") if late else due)
        added_kg = before_kg - sum(self._pending.values())
        expected = self._last_degc + self.practice.expect_k(step.energy_kwh, minutes, added_kg)
        self._probe_until_believed(expected, doubtful=True)

    def leave(self) -> None:
        """The ladle is lifted; its gas is booked."""
        number = self.heat.number
        gas_nm3 = self.gas_nm3_min * self.minutes
        self._records.gas.append((number, self._sensors.gas_nm3(gas_nm3, number)))
        for file in ("temp", "arc", "bulk", "wire", "gas"):
            if self._sensors.lost(file, number):
                self._records.lost.add((file, number))

    @property
    def now_min(self) -> float:
        """Minutes since the run began."""
        return self.start_min + self.minutes

    def _wait(self, minutes: float) -> None:
        self._pass(minutes, 0.0)

    def _carry_out(self, step: Step, due: tuple[str, ...]) -> float:
        """Heat, add and wait; gives the minutes it took."""
        began_min = self.minutes
        number, steps = self.heat.number, self._steps
        self._wait(0.2 + 0.5 * abs(self._draws.normal("gap", number, steps)))
        added = self._draws.uniform("add-when", number, steps)
        if added < 0.45:
            self._add(due)
        energies = _arcs_of(step.energy_kwh, split=bool(self._pending) and 0.45 <= added < 0.75)
        for k, energy_kwh in enumerate(energies):
            if k > 0:
                self._wait(0.8 + abs(self._draws.normal("lift", number, steps)))
                self._add(due)
            self._arc(energy_kwh)
        if added >= 0.45:
            self._add(due)
        settle_min = 0.9 + 1.1 * abs(self._draws.normal("settle", number, steps))
        self._wait(max(settle_min, step.minutes - (self.minutes - began_min)))
        return self.minutes - began_min

    def _arc(self, energy_kwh: float) -> None:
        number, k = self.heat.number, self._arcs
        self._arcs += 1
        power_kw = self._power_kw * exp(0.05 * self._draws.normal("tap", number, k))
        minutes = round(60.0 * 60.0 * energy_kwh / power_kw) / 60.0
        if minutes <= 0.0:
            return
        start_min = self.now_min
        self._pass(minutes, energy_kwh * 60.0 / minutes)
        shown_kwh = self._sensors.active_kwh(energy_kwh, number, k)
        self.energy_kwh += shown_kwh
        shown_kvarh = self._sensors.reactive_kvarh(shown_kwh, number, k)
        self._records.arcs.append((number, start_min, self.now_min, shown_kwh, shown_kvarh))

    def _add(self, due: tuple[str, ...]) -> None:
        number = self.heat.number
        for place, material in enumerate(MATERIALS):
            key = material.key
            if key in self._pending and _WHEN[key] in due:
                kg = round(self._pending.pop(key), 0 if key.startswith("bulk") else 2)
                chill(self.state, self.heat.ladle, kg * self.heat.chill_kwh[key])
                self.events.append(("chill", float(place), kg))
                self._records.additions.append((number, key, self.now_min, kg))
                if _WHEN[key] != "slag":
                    self._wait(0.15)

    def _probe_until_believed(self, expected_degc: float, *, doubtful: bool) -> None:
        """Probe, and again at once where the crew does not believe what it reads."""
        for _ in range(3):
            seen_degc = self._probe()
            credible = seen_degc >= FAULTY_BELOW_DEGC
            surprise_k = seen_degc - expected_degc if doubtful else 0.0
            if credible and not self.practice.doubts(self.heat.number, self._probes, surprise_k):
                break
            expected_degc = seen_degc if credible else expected_degc
            self._wait(0.35 + 0.3 * self._draws.uniform("again", self.heat.number, self._probes))
        self._last_degc = seen_degc if credible else expected_degc

    def _probe(self) -> float:
        number, k = self.heat.number, self._probes
        self._probes += 1
        seen_degc = self._sensors.read_degc(self.state, number, k)
        self.probe_error_k = seen_degc - self.state.bath_degc - self.state.unmixed_k
        kept = not self._sensors.lost_reading(number, k)
        self._records.readings.append((number, self.now_min, seen_degc, kept))
        self.events.append(("probe", float(k), seen_degc))
        return seen_degc

    def _pass(self, minutes: float, arc_kw: float) -> None:
        foam = 1.0
        if arc_kw > 0.0:
            foam = exp(self._constants["arc_sd"] * self._draws.normal("foam", self.heat.number, self._arcs))
            foam *= raw_slag_factor(self._arcs, self._constants)
        advance(self.state, self.heat.ladle, minutes, arc_kw=arc_kw, foam=foam, gas_nm3_min=self.gas_nm3_min)
        self.events.append(("time", minutes, arc_kw))
        self.minutes += minutes


def raw_slag_factor(arc: int, constants: dict[str, float]) -> float:
    """How much less of the so-manieth arc (from 1) reaches the bath while the slag is not yet molten."""
    return 1.0 if arc > RAW_ARCS else constants["raw_slag"]


def _arcs_of(energy_kwh: float, *, split: bool) -> tuple[float, ...]:
    """One heating as arcs: in two where something is added in between, in more where it is long."""
    if energy_kwh <= 0.0:
        return ()
    least = 2 if split and energy_kwh > 500.0 else 1
    count = max(least, -int(-energy_kwh // LONGEST_ARC_KWH))
    return (energy_kwh / count,) * count

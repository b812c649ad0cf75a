"""Usual practice: how a competent crew brings a heat to its aim with a thumb rule and a probe.

The crew heats on arrival to melt the slag, probes, works out what is still missing by three numbers (K per MWh, K lost
per minute, K per 100 kg added), heats in steps, probes after each, probes again where a reading surprises it, and lets
the heat go when the caster wants it and it reads inside the window. It keeps to the warm side, because a heat that
freezes in the caster costs more than one that is too hot (guessed, as is every number here unless it says otherwise).

*Re-centred* practice is the same crew with the same table, its three numbers fitted once, offline, to this plant's own
records, and without the warm margin: what a process engineer does in a month.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.materials import WINDOW_K
from proving_ground.ladle_furnace.records import Records

PRACTICES: Final = ("usual", "recentred")

STEP_MIN: Final = 7.0
"""The crew likes to probe again after so long."""

AHEAD_MIN: Final = 16.0
"""Nobody heats for losses further ahead than this."""

HELD_MIN: Final = 30.0
"""A heat the caster wants later than this is held, and probed half as often."""

LARGEST_STEP_KWH: Final = 2200.0
MOST_STEPS: Final = 18
CREWS: Final = 4
TRIALS_OVER_DESIGN: Final = 0.93
SHIFT_HEATS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ThumbRule:
    """The table on the wall of the pulpit.

    Parameters
    ----------
    k_per_mwh
        What a megawatt-hour of arc is worth.
    loss_k_per_min
        What a minute costs.
    chill_k_per_100kg
        What an addition costs.
    margin_k
        How much above the aim the crew steers; its own habit comes on top.
    """

    k_per_mwh: float = 19.0
    loss_k_per_min: float = 1.0
    chill_k_per_100kg: float = 2.0
    margin_k: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the crew knows of a heat at a moment.

    Parameters
    ----------
    heat, step
        Which heat, and how many steps it has had.
    aim_degc
        What is ordered.
    last_degc
        What the crew takes as its temperature.
    left_min
        Until the caster wants it.
    pending_kg
        What is still to be added.
    """

    heat: int
    step: int
    aim_degc: float
    last_degc: float
    left_min: float
    pending_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done until the next probe; ``leave`` ends the treatment."""

    energy_kwh: float
    minutes: float
    leave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A crew at work.

    Parameters
    ----------
    rule
        Its table.
    draws
        The run's disturbances; the crew's habits are among them.
    habit
        Whether crews add their own margin.
    """

    rule: ThumbRule
    draws: Disturbances
    habit: bool = True

    def first(self, heat: int) -> Step:
        """On arrival: melt the slag before the first probe."""
        minutes = 2.4 + 0.5 * abs(self.draws.normal("first", heat))
        return Step(energy_kwh=round(190.0 * minutes, -1), minutes=minutes + 1.6)

    def next(self, seen: Seen) -> Step:
        """What the crew does after a probe, unless it is told otherwise."""
        target_degc = seen.aim_degc + self.rule.margin_k + self._habit_k(seen.heat)
        above_k = seen.last_degc - target_degc
        if seen.step >= MOST_STEPS:
            return Step(energy_kwh=0.0, minutes=0.0, leave=True)
        if seen.left_min < 2.5 and seen.pending_kg == 0.0:
            if -0.8 * WINDOW_K <= above_k <= 1.2 * WINDOW_K:
                return Step(energy_kwh=0.0, minutes=0.0, leave=True)
            if above_k > 0.0:
                return Step(energy_kwh=0.0, minutes=min(above_k / self.rule.loss_k_per_min, STEP_MIN))
        return self._heat(seen, above_k)

    def doubts(self, heat: int, number: int, surprise_k: float) -> bool:
        """Whether the crew probes again at once: after a surprise usually, otherwise now and then."""
        return self.draws.uniform("doubt", heat, number) < (0.75 if abs(surprise_k) > 11.0 else 0.05)

    def expect_k(self, energy_kwh: float, minutes: float, added_kg: float) -> float:
        """The change of temperature the thumb rule foresees."""
        rule = self.rule
        return (
            rule.k_per_mwh * energy_kwh / 1000.0
            - rule.loss_k_per_min * minutes
            - rule.chill_k_per_100kg * added_kg / 100.0
        )

    def _heat(self, seen: Seen, above_k: float) -> Step:
        left_min = max(seen.left_min, 4.0)
        ahead_min = min(left_min, AHEAD_MIN)
        need_k = -above_k - self.expect_k(0.0, ahead_min, seen.pending_kg)
        need_kwh = max(need_k, 0.0) / self.rule.k_per_mwh * 1000.0
        share = 1.0 if left_min < 1.3 * STEP_MIN else 0.55
        energy_kwh = min(share * need_kwh, LARGEST_STEP_KWH)
        pace = 1.0 + 0.4 * self.draws.normal("crew-pace", seen.heat, seen.step)
        usual_min = STEP_MIN if left_min < HELD_MIN else 2.0 * STEP_MIN
        return Step(
            energy_kwh=round(energy_kwh, -1) if energy_kwh > 60.0 else 0.0,
            minutes=min(left_min, max(usual_min * pace, 2.0)),
        )

    def _habit_k(self, heat: int) -> float:
        """The margin a crew adds by itself: every shift has another crew."""
        if not self.habit:
            return 0.0
        return 1.5 * self.draws.normal("crew", (heat // SHIFT_HEATS) % CREWS)


def commissioned(constants: dict[str, float]) -> ThumbRule:
    """The table of a crew that knows its furnace: what its commissioning trials gave, in whole K per MWh.

    The trials ran on well-formed slag with arcs a little less efficient than designed; losses and chills are the
    usual rules.
    """
    design = constants["efficiency"] / (constants["heat_mass_t"] * constants["steel_heat_kwh_per_tk"])
    return ThumbRule(k_per_mwh=float(round(TRIALS_OVER_DESIGN * 1000.0 * design)))


def recentred(records: Records) -> ThumbRule:
    """The thumb rule that fits a plant's own records best: least squares between probes, faults left out.

    Raises
    ------
    ValueError
        If the records hold too few pairs of readings.
    """
    pairs = records.pairs()
    if pairs.shape[0] < 50:
        raise ValueError(f"recentred: expected 50 pairs of readings or more, got {pairs.shape[0]}")
    change_k, table = pairs[:, 0], pairs[:, 1:] * np.array([1e-3, -1.0, -1e-2])
    kept = np.abs(change_k) < 60.0
    coefficients = np.zeros(3)
    for _ in range(4):  # trim what the fit cannot explain, then fit again
        coefficients = np.linalg.lstsq(table[kept], change_k[kept], rcond=None)[0]
        kept = np.abs(change_k - table @ coefficients) < 12.0
    return ThumbRule(
        k_per_mwh=float(coefficients[0]),
        loss_k_per_min=float(coefficients[1]),
        chill_k_per_100kg=float(coefficients[2]),
        margin_k=0.0,
    )

"""What a run came to, judged by the hidden truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilothouse.plants import Figure
from proving_ground.ladle_furnace.campaign import Heat
from proving_ground.ladle_furnace.materials import WINDOW_K

if TYPE_CHECKING:
    from proving_ground.ladle_furnace.treatment import Event, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One heat that has left, with what nobody in the plant knows.

    Parameters
    ----------
    heat
        As it arrived.
    final_degc
        True temperature on leaving.
    last_probe_error_k
        What its last probe showed, less the true temperature under it.
    energy_kwh
        By the meter.
    minutes
        From its start to its leaving.
    gas_nm3_min
        Its stirring gas.
    events
        What was done to it, in order.
    """

    heat: Heat
    final_degc: float
    last_probe_error_k: float
    energy_kwh: float
    minutes: float
    gas_nm3_min: float
    events: tuple["Event", ...]

    @staticmethod
    def of(treatment: "Treatment") -> "Outcome":
        """The outcome of a treatment that has ended."""
        return Outcome(
            heat=treatment.heat,
            final_degc=treatment.state.bath_degc,
            last_probe_error_k=treatment.probe_error_k,
            energy_kwh=treatment.energy_kwh,
            minutes=treatment.minutes,
            gas_nm3_min=treatment.gas_nm3_min,
            events=tuple(treatment.events),
        )


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """The scoring figures of these heats; none without heats.

    ``temperature_hit_rate`` is the share of heats that truly leave within 5 K of their aim, ``overheated_share`` that
    of heats above that window, ``mean_final_deviation`` is signed.
    """
    if not outcomes:
        return {}
    off_k = np.array([o.final_degc - o.heat.aim_degc for o in outcomes])
    energy_kwh = np.array([o.energy_kwh for o in outcomes])
    probes = np.array([sum(kind == "probe" for kind, _, _ in o.events) for o in outcomes])
    return {
        "heats": Figure(value=float(len(outcomes)), unit="heats"),
        "temperature_hit_rate": Figure(value=100.0 * float(np.mean(np.abs(off_k) <= WINDOW_K)), unit="%"),
        "overheated_share": Figure(value=100.0 * float(np.mean(off_k > WINDOW_K)), unit="%"),
        "mean_final_deviation": Figure(value=float(off_k.mean()), unit="K"),
        "mean_absolute_deviation": Figure(value=float(np.abs(off_k).mean()), unit="K"),
        "energy_per_heat": Figure(value=float(energy_kwh.mean()), unit="kWh"),
        "treatment_time": Figure(value=float(np.mean([o.minutes for o in outcomes])), unit="min"),
        "probes_per_heat": Figure(value=float(probes.mean()), unit="-"),
    }

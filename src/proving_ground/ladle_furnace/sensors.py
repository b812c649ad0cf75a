"""What the plant's instruments make of the truth: noise, bias, cold spots, faults, and rows that get lost."""

from dataclasses import dataclass
from math import log

from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.balance import State

FAULT_DEGC = (1180.0, 1400.0)
"""A broken probe reads somewhere in here, far below any liquid steel."""

PROBE_BOX = 60
"""Heats that one box of probes lasts; its bias is its own."""

ABSURD_BLOCK = 1000
"""One reactive energy in so many heats is absurd, as one is in the real records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """The instruments of the furnace.

    Parameters
    ----------
    constants
        Of the plant, see :mod:`.constants`.
    draws
        Of the run.
    """

    constants: dict[str, float]
    draws: Disturbances

    def read_degc(self, state: State[float], heat: int, number: int) -> float:
        """What the heat's so-manieth probe shows, in whole degrees."""
        c, d = self.constants, self.draws
        if d.uniform("probe-fault", heat, number) < c["fault_share"]:
            low, high = FAULT_DEGC
            return float(round(low + (high - low) * d.uniform("probe-fault", heat, number + 20)))
        sd_k = c["first_probe_sd_k"] if number == 0 else c["probe_sd_k"]
        bias_k = c["probe_drift_k"] * d.normal("probe-box", heat - heat % PROBE_BOX)
        seen = state.bath_degc + state.unmixed_k + bias_k + sd_k * d.normal("probe", heat, number)
        if d.uniform("cold-spot", heat, number) < c["cold_spot_share"]:
            seen += c["cold_spot_k"] * log(1.0 - d.uniform("cold-spot", heat, number + 20))
        return float(round(seen))

    def reactive_kvarh(self, active_kwh: float, heat: int, number: int) -> float:
        """Reactive energy of an arc; a long arc lengthens it, and one in thousands is nonsense."""
        d = self.draws
        block = heat - heat % ABSURD_BLOCK
        if number == 0 and heat == block + int(d.uniform("absurd", block) * ABSURD_BLOCK):
            return -715_000.0
        ratio = 0.74 + 0.08 * d.normal("reactance", heat) + 0.05 * d.normal("reactance", heat, number + 1)
        return round(active_kwh * max(ratio, 0.52), 3)

    def active_kwh(self, true_kwh: float, heat: int, number: int) -> float:
        """Energy by the meter, 0.5 % of reading (class 0.5, from memory)."""
        return round(true_kwh * (1.0 + 0.005 * self.draws.normal("meter", heat, number)), 3)

    def gas_nm3(self, true_nm3: float, heat: int) -> float:
        """Stirring gas of a heat by its meter, 3 % of reading."""
        return round(true_nm3 * (1.0 + 0.03 * self.draws.normal("gas-meter", heat)), 4)

    def lost(self, file: str, heat: int) -> bool:
        """Whether the records of this heat are missing from a file."""
        share = {"temp": 0.007, "arc": 0.008, "bulk": 0.012, "wire": 0.012, "gas": 0.001}[file]
        return self.draws.uniform(f"lost-{file}", heat) < share

    def lost_reading(self, heat: int, number: int) -> bool:
        """Whether one reading never reached the file; in a few heats only the first did."""
        if number > 0 and self.draws.uniform("lost-rest", heat) < 0.002:
            return True
        return number > 0 and self.draws.uniform("lost-reading", heat, number) < 0.008

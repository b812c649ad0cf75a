"""The mill's 1,080 parameters: key, unit, role, range, instrument.

Names, units, roles and ranges stand in the plant folder, where the hub reads them too. What an instrument adds (noise,
delay) stands in ``instruments.csv``: the hub is not told. Ranges and noise are usual practice (from memory).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "folder"
"""The mill's plant folder."""

UNITS: Final = ("HMD", "BOF", "RH", "CC", "REHEAT", "HSM", "APL", "CRM", "FAL", "COAT", "SLIT", "TEST")
"""The units of the mill in the order of the route; the first part of every key."""

COMMANDED: Final = ("lever", "set_point")
"""Roles of parameters that are set."""

_INSTRUMENTS: Final = Path(__file__).parent / "instruments.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class MillParameter:
    """One parameter.

    Parameters
    ----------
    key
        Its name; the unit of the mill stands first.
    role
        ``lever``, ``set_point``, ``measured``, ``laboratory`` or ``soft``.
    low, high
        Ends of its instrument, or for a set-point what the unit takes.
    usual
        Where it usually lies.
    noise_sd
        Of one reading.
    delay_h
        How long after sampling the laboratory tells.
    """

    key: str
    role: str
    low: float
    high: float
    usual: float
    noise_sd: float
    delay_h: float

    @property
    def unit(self) -> str:
        """The unit of the mill that it belongs to."""
        return self.key.partition(".")[0]

    @property
    def is_set(self) -> bool:
        """Whether it is a set-point."""
        return self.role in COMMANDED


@cache
def parameters() -> dict[str, MillParameter]:
    """All parameters by key, in the order of the route.

    Examples
    --------
    >>> len(parameters()), parameters()["TEST.test.P15_50"].role
    (1080, 'laboratory')
    """
    with _INSTRUMENTS.open(encoding="utf-8", newline="") as file:
        instruments = {row["key"]: row for row in csv.DictReader(file)}
    with (FOLDER / "parameters.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: _parameter(row, instruments[row["key"]]) for row in csv.DictReader(file)}


@cache
def of_unit(unit: str) -> tuple[MillParameter, ...]:
    """The parameters of one unit of the mill.

    Examples
    --------
    >>> [len(of_unit(unit)) for unit in ("HMD", "FAL")]
    [36, 144]
    """
    return tuple(p for p in parameters().values() if p.unit == unit)


def _parameter(row: dict[str, str], instrument: dict[str, str]) -> MillParameter:
    return MillParameter(
        key=row["key"],
        role=row["role"],
        low=float(row["low"]),
        high=float(row["high"]),
        usual=float(instrument["usual"]),
        noise_sd=float(instrument["noise_sd"]),
        delay_h=float(instrument["delay_min"]) / 60.0,
    )

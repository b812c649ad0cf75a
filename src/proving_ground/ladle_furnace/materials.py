"""What is added to a heat, and which grades are made.

Shares, masses and aims were calibrated to resemble a real ladle furnace's records (certainty: calibrated); what each
numbered hopper holds there is not known, so the names, and with them the chill per kilogram, are guesses from the
heats of heating and dissolving (guessed). Some hoppers serve one heat in hundreds and one wire never runs, as there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One hopper or wire feeder.

    Parameters
    ----------
    key
        Its column in the files, and the parameter's key, is built from it.
    holds
        For people.
    when
        ``slag`` (with the first heating), ``alloy`` (with the steps that follow) or ``wire`` (towards the end).
    share
        Of heats that get any of it.
    mass_kg, spread
        Median, and sd of its logarithm.
    chill_kwh_per_kg
        Heat it takes from the bath; negative where it gives heat.
    """

    key: str
    holds: str
    when: str
    share: float
    mass_kg: float
    spread: float
    chill_kwh_per_kg: float


def _m(key: str, holds: str, when: str, share: float, mass: tuple[float, float], chill: float) -> Material:
    return Material(
        key=key, holds=holds, when=when, share=share, mass_kg=mass[0], spread=mass[1], chill_kwh_per_kg=chill
    )


MATERIALS: Final = (
    _m("bulk_1", "carburiser", "alloy", 0.09, (34.0, 0.35), 0.45),
    _m("bulk_2", "ferrovanadium", "alloy", 0.004, (240.0, 0.12), 0.30),
    _m("bulk_3", "ferromanganese", "alloy", 0.40, (92.0, 0.70), 0.45),
    _m("bulk_4", "ferrosilicon", "alloy", 0.33, (95.0, 0.50), -0.05),
    _m("bulk_5", "ferrochrome", "alloy", 0.018, (70.0, 0.70), 0.45),
    _m("bulk_6", "silicomanganese", "alloy", 0.17, (108.0, 0.50), 0.25),
    _m("bulk_7", "ferrotitanium", "alloy", 0.004, (150.0, 0.60), 0.10),
    _m("bulk_8", "cooling scrap", "alloy", 0.05, (74.0, 0.35), 0.38),
    _m("bulk_9", "alumina flux", "slag", 0.045, (72.0, 0.70), 0.70),
    _m("bulk_10", "lime", "slag", 0.76, (235.0, 0.45), 0.62),
    _m("bulk_11", "dolomitic lime", "slag", 0.86, (165.0, 0.36), 0.66),
    _m("bulk_12", "fluorspar", "slag", 0.68, (158.0, 0.28), 0.55),
    _m("wire_1", "calcium-silicon wire", "wire", 0.955, (97.0, 0.42), 0.25),
    _m("wire_2", "aluminium wire", "wire", 0.32, (40.0, 0.80), 0.10),
    _m("wire_3", "sulphur wire", "wire", 0.016, (200.0, 0.50), 0.20),
    _m("wire_4", "boron wire", "wire", 0.003, (35.0, 0.50), 0.30),
    _m("wire_5", "lead wire", "wire", 0.0, (40.0, 0.50), 0.30),
    _m("wire_6", "carbon wire", "wire", 0.013, (35.0, 0.60), 0.45),
    _m("wire_7", "titanium wire", "wire", 0.007, (52.0, 0.30), 0.20),
    _m("wire_8", "niobium wire", "wire", 0.010, (27.0, 0.60), 0.30),
)
"""Every hopper and feeder, in the order of the files."""

BULKS: Final = tuple(m.key for m in MATERIALS if m.key.startswith("bulk"))
WIRES: Final = tuple(m.key for m in MATERIALS if m.key.startswith("wire"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One grade: what its heats must leave with.

    Parameters
    ----------
    key
        Its name at the works.
    share
        Of sequences.
    aim_degc
        Middle of the window in which a heat may leave.
    likelier
        How much likelier than usual its heats get a material; 1 where nothing is said.
    """

    key: str
    share: float
    aim_degc: float
    likelier: Mapping[str, float]


def _g(key: str, share: float, aim_degc: float, **likelier: float) -> Grade:
    return Grade(key=key, share=share, aim_degc=aim_degc, likelier=MappingProxyType(likelier))


GRADES: Final = (
    _g("S235", 0.36, 1587.0, bulk_3=0.8, bulk_4=1.1, bulk_6=0.5),
    _g("S355", 0.32, 1593.0, bulk_3=1.5, bulk_4=1.3, bulk_6=1.0, bulk_2=2.5),
    _g("C45", 0.10, 1579.0, bulk_1=4.0, bulk_3=1.2, bulk_6=0.6, wire_6=6.0),
    _g("B500", 0.13, 1601.0, bulk_3=0.5, bulk_6=3.6, bulk_4=0.6, wire_2=0.5),
    _g("DC04", 0.06, 1617.0, bulk_3=0.3, bulk_4=0.05, bulk_6=0.1, wire_2=2.6, bulk_12=0.5),
    _g("ULC", 0.03, 1656.0, bulk_3=0.4, bulk_4=0.1, bulk_6=0.0, bulk_7=20.0, bulk_1=0.0, wire_1=0.4),
)
"""Grades and their usual casting windows; the aim is not in the recorded files, as it is not in the real ones."""

WINDOW_K: Final = 5.0
"""A heat hits if it leaves within this of its aim; 85-92 % is a usual share (from memory)."""

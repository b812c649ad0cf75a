"""The mill's uncertain constants: the tables of all its stages as one.

Each stage's table stands in its own file, beside the equations that use it. ``plant_variation`` 0 is the nominal plant;
every other K draws each constant uniformly inside its range.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proving_ground.constant import Constant
from proving_ground.silicon_mill.stages import (
    annealing,
    caster,
    coating,
    cold_mill,
    converter,
    desulphurisation,
    hot_mill,
    normalising,
    reheating,
    slitting,
    testing,
    vacuum,
)

TABLES: Final[Mapping[str, Mapping[str, Constant]]] = MappingProxyType(
    {
        "HMD": desulphurisation.CONSTANTS,
        "BOF": converter.CONSTANTS,
        "RH": vacuum.CONSTANTS,
        "CC": caster.CONSTANTS,
        "REHEAT": reheating.CONSTANTS,
        "HSM": hot_mill.CONSTANTS,
        "APL": normalising.CONSTANTS,
        "CRM": cold_mill.CONSTANTS,
        "FAL": annealing.CONSTANTS,
        "COAT": coating.CONSTANTS,
        "SLIT": slitting.CONSTANTS,
        "TEST": testing.CONSTANTS,
    }
)
"""By unit of the mill."""

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {name: constant for table in TABLES.values() for name, constant in table.items()}
)
"""Every uncertain constant by name."""

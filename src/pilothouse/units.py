"""Quantity kinds and their units: two tables, converted once at the edge.

A *kind* is what is measured. A temperature and a temperature difference are different kinds, and so are gauge
and absolute pressure, and power and energy: nothing converts between kinds. Inside, a value stands in the unit
its parameter declares. Unit names are UCUM-like plain text as plants write them.

``opaque`` is the kind of units nobody converts (``%/m``, ``class``, ``mgKOH/g``): kept to the letter.
"""

from types import MappingProxyType
from typing import Final

from pilothouse.errors import UnitMismatchError

OPAQUE: Final = "opaque"

# kind → {unit: (scale, offset)}; canonical value = scale · value + offset. The first unit is the canonical one.
_KINDS: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "temperature": {
        "degC": (1.0, 0.0),
        "K": (1.0, -273.15),
        "degF": (5.0 / 9.0, -160.0 / 9.0),
    },
    "temperature_difference": {"K": (1.0, 0.0), "degC": (1.0, 0.0), "degF": (5.0 / 9.0, 0.0)},
    "temperature_rate": {"K/h": (1.0, 0.0), "K/min": (60.0, 0.0), "K/s": (3600.0, 0.0)},
    "mass": {"kg": (1.0, 0.0), "g": (1e-3, 0.0), "t": (1e3, 0.0), "lb": (0.45359237, 0.0)},
    "mass_flow": {
        "kg/min": (1.0, 0.0),
        "kg/h": (1 / 60.0, 0.0),
        "kg/s": (60.0, 0.0),
        "t/h": (1e3 / 60, 0.0),
        "t/min": (1e3, 0.0),
    },
    "length": {"m": (1.0, 0.0), "mm": (1e-3, 0.0), "um": (1e-6, 0.0), "km": (1e3, 0.0), "in": (0.0254, 0.0)},
    "speed": {"m/min": (1.0, 0.0), "m/s": (60.0, 0.0), "mm/s": (0.06, 0.0)},
    "volume": {"m3": (1.0, 0.0), "l": (1e-3, 0.0), "ml": (1e-6, 0.0)},
    "normal_volume": {"Nm3": (1.0, 0.0), "Nl": (1e-3, 0.0)},
    "flow": {"m3/h": (1.0, 0.0), "m3/min": (60.0, 0.0), "l/min": (0.06, 0.0), "ml/min": (6e-5, 0.0)},
    "normal_flow": {"Nm3/h": (1.0, 0.0), "Nm3/min": (60.0, 0.0), "Nl/min": (0.06, 0.0)},
    "gauge_pressure": {"barg": (1.0, 0.0), "kPag": (0.01, 0.0)},
    "pressure": {
        "bar": (1.0, 0.0),
        "Pa": (1e-5, 0.0),
        "kPa": (1e-2, 0.0),
        "mbar": (1e-3, 0.0),
        "psi": (0.0689475729, 0.0),
    },
    "stress": {"MPa": (1.0, 0.0), "GPa": (1e3, 0.0), "N/mm2": (1.0, 0.0)},
    "force": {"kN": (1.0, 0.0), "N": (1e-3, 0.0), "MN": (1e3, 0.0)},
    "torque": {"kNm": (1.0, 0.0), "Nm": (1e-3, 0.0)},
    "power": {"MW": (1.0, 0.0), "kW": (1e-3, 0.0), "W": (1e-6, 0.0)},
    "reactive_power": {"Mvar": (1.0, 0.0), "kvar": (1e-3, 0.0)},
    "energy": {"kWh": (1.0, 0.0), "MWh": (1e3, 0.0), "MJ": (1 / 3.6, 0.0), "GJ": (1e3 / 3.6, 0.0)},
    "reactive_energy": {"kvarh": (1.0, 0.0), "Mvarh": (1e3, 0.0)},
    "specific_energy": {"kWh/t": (1.0, 0.0), "MJ/t": (1 / 3.6, 0.0)},
    "current": {"A": (1.0, 0.0), "kA": (1e3, 0.0), "mA": (1e-3, 0.0)},
    "voltage": {"V": (1.0, 0.0), "kV": (1e3, 0.0), "mV": (1e-3, 0.0)},
    "frequency": {"Hz": (1.0, 0.0), "kHz": (1e3, 0.0)},
    "rotation": {"rpm": (1.0, 0.0), "1/min": (1.0, 0.0), "1/s": (60.0, 0.0)},
    "fraction": {"%": (1.0, 0.0), "ppm": (1e-4, 0.0), "1": (100.0, 0.0)},
    "duration": {"s": (1.0, 0.0), "min": (60.0, 0.0), "h": (3600.0, 0.0), "d": (86_400.0, 0.0)},
    "specific_mass": {"kg/t": (1.0, 0.0), "g/t": (1e-3, 0.0)},
    "specific_cost": {"EUR/t": (1.0, 0.0)},
    "coating_mass": {"g/m2": (1.0, 0.0), "mg/m2": (1e-3, 0.0), "kg/m2": (1e3, 0.0)},
    "concentration": {"g/l": (1.0, 0.0), "mg/l": (1e-3, 0.0)},
    "specific_loss": {"W/kg": (1.0, 0.0)},
    "flux_density": {"T": (1.0, 0.0), "mT": (1e-3, 0.0)},
    "hardness": {"HV": (1.0, 0.0)},
    "heat_flux": {"MW/m2": (1.0, 0.0), "kW/m2": (1e-3, 0.0)},
    "count": {"heats": (1.0, 0.0), "pieces": (1.0, 0.0), "-": (1.0, 0.0)},
}

KINDS: Final = MappingProxyType({kind: tuple(units) for kind, units in _KINDS.items()})
"""Every known kind with its units, the canonical one first."""


def kind_of(unit: str) -> str | None:
    """The kind a unit usually measures, or None for an unknown unit.

    ``K`` and ``degC`` are temperatures unless the parameter says ``temperature_difference``.

    Examples
    --------
    >>> kind_of("MW"), kind_of("furlong")
    ('power', None)
    """
    return next((kind for kind, units in _KINDS.items() if unit in units), None)


def difference_unit(unit: str) -> str:
    """The unit in which differences of values in a unit are said.

    Examples
    --------
    >>> difference_unit("degC"), difference_unit("MPa")
    ('K', 'MPa')
    """
    return "K" if unit == "degC" else unit


def is_unit_of(unit: str, kind: str) -> bool:
    """Whether a unit measures this kind; any text is a unit of the opaque kind."""
    return kind == OPAQUE or unit in _KINDS.get(kind, {})


def scale_and_offset(kind: str, source: str, target: str) -> tuple[float, float]:
    """Numbers ``(a, b)`` such that ``target value = a · source value + b``.

    Raises
    ------
    UnitMismatchError
        If either unit does not measure the kind.

    Examples
    --------
    >>> scale_and_offset("power", "kW", "MW")
    (0.001, 0.0)
    """
    if source == target:
        return 1.0, 0.0
    units = _KINDS.get(kind, {})
    for unit in (source, target):
        if unit not in units:
            known = ", ".join(units) or "none but itself"
            raise UnitMismatchError(
                f"{unit!r} is not a unit of {kind}", hint=f"use one of: {known}", source=source, target=target
            )
    source_scale, source_offset = units[source]
    target_scale, target_offset = units[target]
    return source_scale / target_scale, (source_offset - target_offset) / target_scale


def convert(value: float, kind: str, source: str, target: str) -> float:
    """A value of this kind in another unit.

    Raises
    ------
    UnitMismatchError
        If either unit does not measure the kind.

    Examples
    --------
    >>> round(convert(1873.15, "temperature", "K", "degC"), 6)
    1600.0
    >>> round(convert(18.0, "temperature_difference", "degF", "K"), 6)
    10.0
    """
    scale, offset = scale_and_offset(kind, source, target)
    return scale * value + offset

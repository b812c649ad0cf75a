"""Addresses: where in the plant's systems a parameter is found, as a list that people keep beside ``plant.toml``.

=============  ===========================================================================================
``address``    a node of OPC UA, a metric of Sparkplug, a topic, a column: whatever the kind of connection says
``parameter``  key of the parameter whose values come from there; or
``piece_of``   key of an equipment, or of a parameter, of which the text there tells the piece
``unit``       in which the values come there, where it is not the parameter's own
``writable``   ``yes`` where proposals may be written there
=============  ===========================================================================================
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.errors import Fault, UnitMismatchError
from pilothouse.plant.plant import Plant
from pilothouse.plant.sheet import Columns, Row, read_rows
from pilothouse.units import scale_and_offset

COLUMNS: Final = Columns(thing="address", required=("address",), optional=("parameter", "piece_of", "unit", "writable"))
_YES_NO: Final = {"yes": True, "no": False, "": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one parameter is found.

    Parameters
    ----------
    parameter
        Key.
    address
        In the words of the connection's kind.
    scale, offset
        Value in the parameter's unit = scale times what comes + offset.
    writable
        Whether proposals may be written there.
    """

    parameter: str
    address: str
    scale: float = 1.0
    offset: float = 0.0
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAddress:
    """Where the text is found that tells which piece is at a place: an equipment's key or a parameter's."""

    place: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """All that one connection is asked for; no address and no parameter twice."""

    parameters: tuple[Address, ...] = ()
    pieces: tuple[PieceAddress, ...] = ()

    @property
    def writable(self) -> frozenset[str]:
        """Keys of the parameters that may be written."""
        return frozenset(address.parameter for address in self.parameters if address.writable)


def read_addresses(path: Path, plant: Plant, faults: list[Fault]) -> Addresses:
    r"""The addresses of a list; what is wrong is noted in ``faults``, and its row left out.

    Parameters
    ----------
    path
        A .csv or .xlsx file.
    plant
        Whose parameters and equipment they speak of.
    faults
        Where faults are noted.

    Examples
    --------
    >>> import tempfile
    >>> from pilothouse.plant.parameter import Parameter
    >>> speed = Parameter(key="speed", name="Speed", kind="speed", unit="m/min", role="measured", equipment="line")
    >>> plant = Plant(key="p", name="P", time_zone="UTC", currency="EUR", equipment={}, parameters={"speed": speed},
    ...               materials={}, segments={}, orders={}, kpis={})
    >>> path = Path(tempfile.mkdtemp()) / "addresses.csv"
    >>> _ = path.write_text("address,parameter,unit\nns=2;s=V,speed,m/s\n")
    >>> read_addresses(path, plant, []).parameters[0].scale
    60.0
    """
    parameters: list[Address] = []
    pieces: list[PieceAddress] = []
    seen: dict[str, int] = {}
    for row in read_rows(path, COLUMNS, faults):
        address = row.text("address")
        key, place = row.text("parameter", default=""), row.text("piece_of", default="")
        if (not key) == (not place):
            row.fault("expected a parameter or a piece_of, one of them", "fill in just one", at="parameter")
        for name in (f"address {address}", f"parameter {key}" if key else f"piece of {place}"):
            if name in seen:
                row.fault(f"{name} stands in line {seen[name]} already", "keep one of the rows")
            seen.setdefault(name, row.line())
        if key:
            found = _parameter(row, key, address, plant)
            if found is not None:
                parameters.append(found)
        elif place:
            row.choice("piece_of", [*plant.equipment, *plant.parameters])
            made = row.make(PieceAddress, place=place, address=address)
            if made is not None:
                pieces.append(made)
        row.done()
    return Addresses(parameters=tuple(parameters), pieces=tuple(pieces))


def _parameter(row: Row, key: str, address: str, plant: Plant) -> Address | None:
    row.choice("parameter", plant.parameters)
    writable = row.text("writable", default="")
    if writable not in _YES_NO:
        row.fault(f"writable: expected yes or no, got {writable!r}", "write yes or no", at="writable")
    scale, offset = 1.0, 0.0
    declared = plant.parameters.get(key)
    unit = row.text("unit", default="")
    if declared is not None:
        if _YES_NO.get(writable, False) and declared.role not in ("lever", "set_point"):
            row.fault(f"{key} is {declared.role}: nobody can write it", "leave writable empty", at="writable")
        try:
            scale, offset = scale_and_offset(declared.kind, unit or declared.unit, declared.unit)
        except UnitMismatchError as error:
            row.fault(error.message, error.hint, at="unit")
    return row.make(
        Address,
        parameter=key,
        address=address,
        scale=scale,
        offset=offset,
        writable=_YES_NO.get(writable, False),
    )

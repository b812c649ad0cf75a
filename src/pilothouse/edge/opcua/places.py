"""Where a plant tells which piece is where, and the list of addresses that fits its server."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilothouse.edge.opcua.space import Variable
from pilothouse.plant.plant import Plant
from pilothouse.plants import Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Of a plant's parameters, by which node their piece is told.

    Parameters
    ----------
    equipment
        Of each equipment whose piece is told, the place in a tick of the parameter that shows it.
    own
        Keys of parameters whose values are of another piece than their equipment holds, with their places.
    """

    equipment: dict[str, int]
    own: dict[str, int]


def find_places(plant: Plant, ticks: Iterable[Tick]) -> Places:
    """Which parameters follow the piece of their equipment, as some ticks show it.

    An equipment's piece is that of its first parameter on the line. What the laboratory tells is of the piece it
    tested, and so is whatever was seen with another piece.
    """
    equipment: dict[str, int] = {}
    own: dict[str, int] = {}
    told: tuple[str, ...] | None = None
    for tick in ticks:
        if tick.pieces is told:  # nothing moved since
            continue
        told = tick.pieces
        if not equipment:
            for place, key in enumerate(tick.parameters):
                parameter = plant.parameters[key]
                if parameter.role == "laboratory":
                    own[key] = place
                else:
                    equipment.setdefault(parameter.equipment, place)
        for place, key in enumerate(tick.parameters):
            there = equipment.get(plant.parameters[key].equipment)
            if there is None or tick.pieces[place] != tick.pieces[there]:
                own.setdefault(key, place)
    return Places(equipment=equipment, own=own)


def variables_of(plant: Plant, places: Places) -> list[Variable]:
    """All variables of a plant's server."""
    numbers = [
        Variable(key=p.key, name=p.name, folder=p.equipment, is_writable=p.role in ("lever", "set_point"))
        for p in plant.parameters.values()
    ]
    texts = [Variable(key=f"{key}.PIECE", name="Piece", folder=key, is_text=True) for key in places.equipment] + [
        Variable(key=f"{key}.PIECE", name="Piece", folder=plant.parameters[key].equipment, is_text=True)
        for key in places.own
    ]
    return numbers + texts


def folders_of(plant: Plant) -> dict[str, str | None]:
    """Of each equipment its parent, parents before children."""
    ordered: dict[str, str | None] = {}
    left = dict(plant.equipment)
    while left:
        ready = [key for key, one in left.items() if one.parent is None or one.parent in ordered]
        for key in ready:
            ordered[key] = left.pop(key).parent
    return ordered


def uri_of(plant: Plant) -> str:
    """The namespace of a plant's server."""
    return f"urn:pilothouse:edge:{plant.key}"


def addresses_of(plant: Plant, places: Places) -> list[dict[str, str]]:
    """Rows of the list of addresses that fits the server of a plant."""
    prefix = f"nsu={uri_of(plant)};s="
    rows = [
        _row(
            address=prefix + p.key,
            parameter=p.key,
            unit=p.unit,
            writable="yes" if p.role in ("lever", "set_point") else "",
        )
        for p in plant.parameters.values()
    ]
    return rows + [_row(address=f"{prefix}{key}.PIECE", piece_of=key) for key in (*places.equipment, *places.own)]


def _row(**cells: str) -> dict[str, str]:
    return {"address": "", "parameter": "", "piece_of": "", "unit": "", "writable": "", **cells}


def write_addresses(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write a list of addresses."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["address", "parameter", "piece_of", "unit", "writable"], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)

"""Which node is which parameter: proposed by names, for a person to check.

A node fits where its name, or the end of its path, is the key or the name of a parameter; upper and lower case, spaces
and signs between letters do not count. Where several nodes fit equally well, none is proposed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.connect.opcua.browse import Found
from pilothouse.plant.plant import Plant

_PIECE: Final = ".PIECE"
_ENDS: Final = (1, 2, 3, 4)
"""Of so many names at the end of a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What was matched.

    Parameters
    ----------
    rows
        Of a list of addresses, by its columns.
    unmatched
        Keys of parameters that no node fits.
    ambiguous
        Of each parameter that several nodes fit equally well, their addresses.
    """

    rows: tuple[Mapping[str, str], ...]
    unmatched: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]


def match(found: Iterable[Found], plant: Plant) -> Match:
    """Rows of a list of addresses for the parameters of a plant.

    Nothing is proposed as writable, and no unit: both are for a person to say.

    Examples
    --------
    >>> from pilothouse.plant.parameter import Parameter
    >>> speed = Parameter(key="line.speed", name="Line speed", kind="speed", unit="m/min", role="lever", equipment="l")
    >>> plant = Plant(key="p", name="P", time_zone="UTC", currency="EUR", equipment={},
    ...               parameters={"line.speed": speed}, materials={}, segments={}, orders={}, kpis={})
    >>> node = Found(address="ns=2;i=7", name="Speed", title="", path="Plant/Line/Speed", is_variable=True)
    >>> match([node], plant).rows[0]["parameter"]
    'line.speed'
    """
    by_name = _names(plant)
    places = {*plant.equipment, *plant.parameters}
    fitting: dict[str, dict[int, list[str]]] = {}
    pieces: list[Mapping[str, str]] = []
    for node in found:
        if not node.is_variable:
            continue
        if node.name.endswith(_PIECE) and node.name.removesuffix(_PIECE) in places:
            pieces.append(_row(node.address, piece_of=node.name.removesuffix(_PIECE)))
            continue
        for rank, name in enumerate(_told(node)):
            key = by_name.get(_folded(name))
            if key is not None:
                fitting.setdefault(key, {}).setdefault(rank, []).append(node.address)
                break
    best = {key: ranks[min(ranks)] for key, ranks in fitting.items()}
    return Match(
        rows=(
            *(_row(best[key][0], parameter=key) for key in plant.parameters if len(best.get(key, ())) == 1),
            *pieces,
        ),
        unmatched=tuple(key for key in plant.parameters if key not in best),
        ambiguous={key: tuple(nodes) for key, nodes in best.items() if len(nodes) > 1},
    )


def _names(plant: Plant) -> dict[str, str]:
    """Parameter by folded key or name; a name that several have is no one's."""
    names: dict[str, str | None] = {}
    for key, parameter in plant.parameters.items():
        name = _folded(parameter.name)
        names[name] = key if name not in names or names[name] == key else None
    keys = {_folded(key): key for key in plant.parameters}
    return {**{name: key for name, key in names.items() if key is not None and name}, **keys}


def _told(node: Found) -> list[str]:
    """Ways in which a node may be called, the surest first."""
    parts = node.path.split("/")
    return [node.name, node.title, *(".".join(parts[-length:]) for length in _ENDS[1:])]


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _row(address: str, **cells: str) -> Mapping[str, str]:
    return {"address": address, "parameter": "", "piece_of": "", "unit": "", "writable": "", **cells}

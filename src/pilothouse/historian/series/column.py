"""What a parameter is in the store, and the layouts in which the parameters of a place stood side by side.

A layout is the list of columns of one place: key, unit and kind of each. It has a number; every frame and segment
names the layout it was written in. A parameter that is added, renamed or told in another unit from now on makes a new
layout: what lies in an older one stays as it is, and is brought to the present while it is read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pilothouse.errors import ConfigError, UnitMismatchError
from pilothouse.plant.plant import Plant
from pilothouse.units import OPAQUE, scale_and_offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where and how the values of one parameter are kept.

    Parameters
    ----------
    place
        Key of the equipment; what is measured at one place is stored side by side.
    unit, kind
        The unit its values stand in, and what is measured; an empty unit is never converted.
    formerly
        Keys under which the parameter was kept before: its history is read under the present key.
    """

    place: str
    unit: str = ""
    kind: str = OPAQUE
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A column of a layout: key, unit and kind as they were then."""

    key: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Layout:
    """The columns of a place, side by side.

    Examples
    --------
    >>> layout = Layout(number=1, place="lf1", columns=(Kept(key="t", unit="degC", kind="temperature"),))
    >>> Layout.parse(1, "lf1", layout.text()) == layout, layout.at
    (True, {'t': 0})
    """

    number: int
    place: str
    columns: tuple[Kept, ...]

    @cached_property
    def at(self) -> dict[str, int]:
        """Place of each key."""
        return {column.key: k for k, column in enumerate(self.columns)}

    def text(self) -> str:
        """The columns as they are stored."""
        return json.dumps([[c.key, c.unit, c.kind] for c in self.columns], ensure_ascii=False)

    @classmethod
    def parse(cls, number: int, place: str, text: str) -> "Layout":
        """The layout that was stored so."""
        columns = tuple(Kept(key=key, unit=unit, kind=kind) for key, unit, kind in json.loads(text))
        return cls(number=number, place=place, columns=columns)


def columns_of(plant: Plant) -> dict[str, Column]:
    """The columns of all parameters of a plant: each at its equipment, in its unit, with its former keys."""
    return {
        p.key: Column(place=p.equipment, unit=p.unit, kind=p.kind, formerly=p.formerly)
        for p in plant.parameters.values()
    }


def checked(declared: Mapping[str, str | Column]) -> dict[str, Column]:
    """The declared columns by key.

    Raises
    ------
    ConfigError
        If a former key is claimed twice, or is a key of today too: whose history it is could not be told.
    """
    columns = {key: Column(place=c) if isinstance(c, str) else c for key, c in declared.items()}
    owner: dict[str, str] = {}
    for key, column in columns.items():
        for old in column.formerly:
            if old in columns or owner.setdefault(old, key) != key:
                claimed = "is a parameter of today" if old in columns else f"is claimed by {owner[old]} too"
                raise ConfigError(
                    f"parameter {key}: its former key {old!r} {claimed}", hint="a key has one history: correct formerly"
                )
    return columns


def conversion(kept: Kept, key: str, present: Column) -> tuple[float, float]:
    """Numbers ``(a, b)`` such that a value now is ``a`` times the kept one plus ``b``.

    Raises
    ------
    UnitMismatchError
        If the unit that was declared then cannot be brought to the present one.
    """
    if not kept.unit or not present.unit or kept.unit == present.unit:
        return 1.0, 0.0
    try:
        return scale_and_offset(present.kind, kept.unit, present.unit)
    except UnitMismatchError as error:
        raise UnitMismatchError(
            f"parameter {key}: its history stands in {kept.unit!r}, which cannot be brought to {present.unit!r}",
            hint=f"give the parameter a new key, or declare a unit of {kept.kind}",
            parameter=key,
        ) from error


def layouts_due(columns: Mapping[str, Column], present: Mapping[str, Layout]) -> dict[str, tuple[Kept, ...]]:
    """By place, the columns of which a new layout is needed, sorted by key."""
    by_place: dict[str, list[Kept]] = {}
    for key in sorted(columns):
        column = columns[key]
        by_place.setdefault(column.place, []).append(Kept(key=key, unit=column.unit, kind=column.kind))
    due = {place: tuple(kept) for place, kept in sorted(by_place.items())}
    return {place: kept for place, kept in due.items() if place not in present or present[place].columns != kept}


def names_of(key: str, column: Column | None) -> tuple[str, ...]:
    """The keys under which a parameter was kept, the present one first."""
    return (key, *column.formerly) if column else (key,)


def sources(key: str, column: Column | None, layout: Layout) -> Sequence[int]:
    """Where in a layout the values of a parameter stand: under its key, else a former one; empty if nowhere."""
    return [layout.at[name] for name in names_of(key, column) if name in layout.at][:1]

"""Material definitions, lots and their genealogy (ISA-95: class → definition → lot → sublot)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDefinition:
    """A kind of piece: heat, slab, coil, ...

    Parameters
    ----------
    key
        Stable name.
    name
        What people call it.
    made_from
        Keys of the definitions its lots come from.
    """

    key: str
    name: str
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsoundMaterial(MaterialDefinition):
    """A kind of piece whose declaration is at fault: it has its key and no more, and only serves to check by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLot:
    """One piece of material, named as the plant names it."""

    key: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which part of a parent a child was made of.

    Parameters
    ----------
    child, parent
        Lot keys.
    start, end
        The child's share of the parent as position range along the parent, half-open, in metres.
    """

    child: str
    parent: str
    start: float
    end: float

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.start < self.end:
            raise ValueError(
                f"origin of {self.child} in {self.parent}: start {self.start:g} is not below end {self.end:g}"
            )


@dataclass(frozen=True, slots=True)
class Genealogy:
    """Who came from whom, by position.

    Examples
    --------
    >>> g = Genealogy((
    ...     Origin(child="slab-1", parent="heat-1", start=0.0, end=9.0),
    ...     Origin(child="coil-1", parent="slab-1", start=0.0, end=9.0),
    ... ))
    >>> [o.parent for o in g.ancestors("coil-1")]
    ['slab-1', 'heat-1']
    """

    origins: tuple[Origin, ...] = ()

    def parents(self, lot: str) -> tuple[Origin, ...]:
        """The direct origins of a lot, in order of position."""
        return tuple(sorted((o for o in self.origins if o.child == lot), key=lambda o: (o.parent, o.start)))

    def children(self, lot: str) -> tuple[Origin, ...]:
        """What was made of a lot, in order of position."""
        return tuple(sorted((o for o in self.origins if o.parent == lot), key=lambda o: (o.start, o.child)))

    def ancestors(self, lot: str) -> tuple[Origin, ...]:
        """All origins up the line, each once, nearest first."""
        found: dict[Origin, None] = {}
        front = self.parents(lot)
        while front:
            found.update(dict.fromkeys(front))
            lots = dict.fromkeys(o.parent for o in front)
            front = tuple(up for above in lots for up in self.parents(above) if up not in found)
        return tuple(found)

    def loop(self) -> tuple[str, ...]:
        """The lots of one circle of descent, each followed by a parent of it; nothing where there is none."""
        parents: dict[str, set[str]] = {}
        for o in self.origins:
            parents.setdefault(o.child, set()).add(o.parent)
        while tops := {p for ps in parents.values() for p in ps} - parents.keys():
            above = {child: ps - tops for child, ps in parents.items()}
            parents = {child: ps for child, ps in above.items() if ps}
        if not parents:
            return ()
        line = [min(parents)]  # every lot that is left has a parent that is left: the way up must close
        while (up := min(parents[line[-1]])) not in line:
            line.append(up)
        return tuple(line[line.index(up) :])

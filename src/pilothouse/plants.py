"""The plant-family port: plants that do not exist, or a stranger's simulator, to prove the hub on.

The hub sees such a plant as *values out, commands in, scoring figures*, and nothing else: the files it writes,
the moments at which something became known, the commands it takes or refuses. Its equations and hidden states stay
behind the wall. Families are found by the entry point ``pilothouse.plants``; built-in ones use the same door.

::

    family.build(seed=1, plant_variation=0, practice="usual")   → a plant
    for moment in plant.moments(100):                           values out, as they become known
        refusal = plant.command(moment.piece, "energy", 500.0)  commands in, until the next moment is asked for
    plant.count_anew()                                          what is made from here on is what counts
    plant.write_history(folder)                                 all that was recorded, in the plant's file layout
    plant.figures()                                             what it came to, judged by the hidden truth
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DuplicateKeyError, NotConformingError, PluginError
from pilothouse.plant.frame import GOOD
from pilothouse.plant.open_order import OpenOrder, StockPiece

GROUP: Final = "pilothouse.plants"
"""The entry point group in which plant families are registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One scoring figure.

    Parameters
    ----------
    value
        Finite; a figure that cannot be given is left out.
    unit
        As in :mod:`pilothouse.units`.
    by
        The same figure by parts, in the same unit: ``{"cause": {"scale": 1.2, "loss": 4.5}}``.
    """

    value: float
    unit: str
    by: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        parts = (part for group in self.by.values() for part in group.values())
        for value in (self.value, *parts):
            if not math.isfinite(value):
                raise ValueError(f"figure: expected a finite value, got {value!r}")

    def as_json(self) -> dict[str, object]:
        """As JSON values, each group of parts under ``by_...``.

        Examples
        --------
        >>> Figure(value=2.0, unit="%", by={"cause": {"scale": 0.5}}).as_json()
        {'value': 2.0, 'unit': '%', 'by_cause': {'scale': 0.5}}
        """
        return {"value": self.value, "unit": self.unit, **{f"by_{name}": dict(part) for name, part in self.by.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value that came out of the plant, in the unit its parameter declares.

    Parameters
    ----------
    parameter
        Its key.
    value
        What was shown.
    happened_ns, known_ns
        Its two times.
    status
        As in :mod:`pilothouse.plant.frame`: 0 good, 1 uncertain, 2 bad.
    """

    parameter: str
    value: float
    happened_ns: int
    known_ns: int
    status: int = GOOD

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.known_ns < self.happened_ns:
            raise ValueError(f"reading of {self.parameter}: known at {self.known_ns}, before it happened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What the order asks of a parameter at the end: to lie in [low, high]."""

    parameter: str
    low: float
    high: float

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.low < self.high:
            raise ValueError(f"aim for {self.parameter}: low {self.low:g} is not below high {self.high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """What the plant's people found a finished piece to be, by its tests and by inspection.

    Parameters
    ----------
    faults
        Causes for which it cannot be sold as what it was made for; none where it can.
    sold_as
        What it is sold as; empty where it is not sold as prime at all.
    prime_share
        Share of it that is sold so, 0 to 1.
    """

    faults: tuple[str, ...]
    sold_as: str
    prime_share: float

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not 0.0 <= self.prime_share <= 1.0:
            raise ValueError(f"sorting: expected a prime share of 0 to 1, got {self.prime_share!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point at which something became known about a piece and the plant can take commands for it.

    Parameters
    ----------
    piece, segment
        Which piece, and the step it is in.
    at_ns
        The instant; every reading in it was known by then.
    readings
        What became known of this piece since its last moment; only what the plant's people can see.
    levers
        Keys of the parameters that can be commanded now; none where the plant only tells.
    aims
        What is asked of the piece.
    kind
        What it is made for, such as its grade; empty where the plant makes one kind.
    came_of
        The pieces it is made of, the nearest first; none of what nothing is recorded before.
    presets
        What the plant's own practice sets for the levers unless it is commanded otherwise, by lever; of a lever that
        is not in it nobody knows beforehand.
    sorting
        What it was found to be, once it is finished.
    """

    piece: str
    segment: str
    at_ns: int
    readings: tuple[Reading, ...]
    levers: tuple[str, ...] = ()
    aims: tuple[Aim, ...] = ()
    kind: str = ""
    came_of: tuple[str, ...] = ()
    presets: Mapping[str, float] = field(default_factory=dict)
    sorting: Sorting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How often something of the plant is serviced: an instrument calibrated, rolls changed.

    Parameters
    ----------
    title
        What people call it.
    every, unit
        From one service to the next.
    low, high
        Between which it can be set.
    age
        Since the last service, in the same unit.
    """

    title: str
    every: float
    unit: str
    low: float
    high: float
    age: float

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not 0.0 < self.low <= self.every <= self.high:
            raise ValueError(f"calendar {self.title}: expected {self.low:g} to {self.high:g}, got {self.every:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a command was not taken; the plant goes on as if it had never been given.

    Parameters
    ----------
    piece
        What it was for; empty where it was for the plant.
    parameter
        The lever, calendar or order.
    reason
        In words.
    """

    piece: str
    parameter: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a running plant shows at one second: the latest value of every parameter.

    Parameters
    ----------
    at_ns
        The instant.
    parameters
        Keys; the arrays below stand in the same order, shape (n_parameters,).
    values
        In the units of the parameters; NaN where nothing was ever known.
    statuses
        As in :mod:`pilothouse.plant.frame`.
    happened_ns, known_ns
        Both times of each value: of a laboratory result they lie back, and apart.
    pieces
        The piece each value was observed on; empty where on none.
    """

    at_ns: int
    parameters: tuple[str, ...]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    happened_ns: NDArray[np.int64]
    known_ns: NDArray[np.int64]
    pieces: tuple[str, ...]


class ProvingPlant(Protocol):
    """One plant of a family. Its time only goes forward; it holds no clock of its own.

    The same family, seed, plant variation, practice and commands give the same bytes. The disturbances of a piece
    (its lots, noise, faults, arrival) depend on the seed alone, so runs under two practices are paired.

    A plant that derives from this one and has no calendars or no orders need not say so.
    """

    @property
    def now_ns(self) -> int:
        """The instant up to which it has run."""
        ...

    def run(self, pieces: int) -> None:
        """Make so many more pieces under the plant's usual practice: ``moments`` without anybody watching."""
        ...

    def moments(self, pieces: int) -> Iterator[Moment]:
        """Make so many more pieces, stopping at each moment; what is not commanded, the practice decides.

        A moment stays open until the next is asked for. An iterator left early leaves the piece in the plant:
        the next call goes on with it.
        """
        ...

    def command(self, piece: str, parameter: str, value: float) -> Refusal | None:
        """Set a lever for what a piece passes next, or say why not; a later command replaces an earlier one.

        A piece takes commands while its moment is open, and in a plant of many units as long as it waits there.
        """
        ...

    def calendars(self) -> Mapping[str, Calendar]:
        """What is serviced by a calendar that can be set, by name; empty where there is none."""
        return {}

    def reschedule(self, calendar: str, every: float) -> Refusal | None:  # noqa: ARG002 - there is nothing to set
        """Service something so often from now on, or say why not."""
        return Refusal(piece="", parameter=calendar, reason=f"{calendar}: no calendar of the plant can be set")

    def orders(self) -> tuple[OpenOrder, ...]:
        """Orders that still want metal, the oldest first; empty where the plant keeps none."""
        return ()

    def stock(self) -> tuple[StockPiece, ...]:
        """Finished pieces that may still be given to another order; empty where there are none."""
        return ()

    def assign(self, piece: str, order: str) -> Refusal | None:
        """Give a finished, tested piece to an open order, or say why not; a later call moves it again.

        It is open from the moment at which the piece is sorted until the order it lies in is full. What nobody
        assigns by the next moment, the plant's practice does. Refused where the piece's test misses what the order
        asks for.
        """
        return Refusal(piece=piece, parameter=order, reason=f"order {order}: the plant keeps no orders")

    def write_history(self, folder: Path) -> None:
        """Write all that was recorded so far into a folder, in the layout that the family's plant folder imports."""
        ...

    def figures(self) -> Mapping[str, Figure]:
        """What the pieces made so far came to, from the hidden truth; empty before the first piece."""
        ...

    def count_anew(self) -> None:
        """Let the figures count from now on: what was made before was warming up."""
        ...


@runtime_checkable
class LivePlant(ProvingPlant, Protocol):
    """A plant that can also be watched second by second; commands are taken between two ticks.

    It is one plant, whether it is asked by moments, by pieces or by seconds. No tick looks ahead.
    """

    @property
    def disturbances(self) -> Mapping[str, str]:
        """What can be switched on: by name, what it does."""
        ...

    def disturb(self, name: str, *, on: bool = True) -> None:
        """Switch a disturbance on from now on, or off again.

        Raises
        ------
        ValueError
            If the plant has none of that name.
        """
        ...

    def live(self, seconds: int) -> Iterator[Tick]:
        """Run for so many seconds, one tick each."""
        ...


@runtime_checkable
class PlantFamily(Protocol):
    """A family of plants: one design, its constants drawn inside documented ranges."""

    @property
    def key(self) -> str:
        """Stable name; letters, digits and ``-``; also the name of its entry point."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def folder(self) -> Path:
        """The plant folder (``plant.toml``, ``parameters.csv``) that reads the files its plants write."""
        ...

    @property
    def practices(self) -> tuple[str, ...]:
        """The practices it can be run under; the first is the usual one."""
        ...

    def build(self, *, seed: int, plant_variation: int = 0, practice: str = "") -> ProvingPlant:
        """A plant that has made nothing yet.

        Parameters
        ----------
        seed
            Draws the disturbances.
        plant_variation
            Draws the plant's uncertain constants; 0 is the nominal plant.
        practice
            One of ``practices``; empty for the usual one.

        Raises
        ------
        ValueError
            For a practice the family does not have, or a negative seed or variation.
        """
        ...


def find_plant_families() -> dict[str, PlantFamily]:
    """All installed plant families by key, built-in and strangers' alike.

    Raises
    ------
    PluginError
        If one cannot be loaded: names the distribution it came with.
    DuplicateKeyError
        If two claim one key.

    Examples
    --------
    >>> families = find_plant_families()
    >>> all(key == family.key for key, family in families.items())
    True
    """
    found: dict[str, PlantFamily] = {}
    owners: dict[str, str] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, e.value)):
        family = _load(entry)
        owner = _distribution(entry)
        if family.key in found:
            raise DuplicateKeyError(
                f"two plant families claim the key {family.key!r}: {owners[family.key]} and {owner}",
                hint="uninstall one of them, or ask its author to rename it",
                entry_point=entry.value,
            )
        found[family.key] = family
        owners[family.key] = owner
    return found


def _load(entry: EntryPoint) -> PlantFamily:
    where = _distribution(entry)
    try:
        family = entry.load()
    except Exception as error:
        raise PluginError(
            f"plant family {entry.name!r} of {where} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"reinstall {where}, or uninstall it to go on without",
            entry_point=entry.value,
        ) from error
    if not isinstance(family, PlantFamily):
        raise NotConformingError(
            f"plant family {entry.name!r} of {where}: expected an object with key, title, folder, practices and build, "
            f"got {type(family).__name__}",
            hint="run pilothouse.testing.plant_family.PlantFamilyConformance on it",
            entry_point=entry.value,
        )
    if family.key != entry.name:
        raise NotConformingError(
            f"plant family {entry.name!r} of {where}: its key is {family.key!r}",
            hint="give the entry point the name of the key",
            entry_point=entry.value,
        )
    return family


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "an unknown distribution"

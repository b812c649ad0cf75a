"""The View: the plant as it was known at one instant; and the snapshot a scenario reads from it.

A scenario never holds the historian. It declares what it reads; the hub takes one frozen snapshot of that, as of
an instant and up to a stored sequence number. Freshness checks, look-ahead proofs and byte-exact replay follow
from that alone.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
import polars as pl

from pilothouse.plant.frame import KEY_COLUMNS, UNCERTAIN, observations
from pilothouse.plant.lineage import ORIGIN_COLUMNS, genealogy_of, lineage
from pilothouse.plant.material import Genealogy
from pilothouse.plant.plant import Plant


class Recorded(Protocol):
    """The two questions a view asks of a historian."""

    def scan(
        self,
        parameters: Sequence[str],
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        as_of_ns: int | None = None,
        pieces: Sequence[str] | None = None,
        upto: int | None = None,
    ) -> dict[str, pl.DataFrame]:
        """What was known of these parameters, by unit: a frame each, one row an observation and instant of knowledge.

        A value has the ``known_ns`` of its version in force, whatever else became known of its observation later:
        values of one observation known at the same instant share a row, others stand in rows of their own. Sorted
        by start, end, piece and ``known_ns``.

        Parameters
        ----------
        parameters
            Which; a parameter never written is no error, its unit is just not in the answer.
        start_ns, end_ns
            Observations that begin in [start, end).
        as_of_ns
            Only what was known at this instant (``known_ns`` ≤ as of), in its version of that instant.
        pieces
            Only observations on these lots.
        upto
            Only what was stored up to this sequence number, so that an old question finds its old answer even
            after older data was imported late.
        """
        ...

    def genealogy(self, *, as_of_ns: int | None = None, upto: int | None = None) -> pl.DataFrame:
        """Who came of whom: origins as in :mod:`pilothouse.plant.lineage`, sorted by child, parent and range.

        Parameters
        ----------
        as_of_ns
            Only what was known at this instant, in its version of that instant.
        upto
            Only what was stored up to this sequence number.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Something a scenario needs, declared.

    Parameters
    ----------
    parameters
        Keys of plant parameters; may be none where the genealogy is read.
    span_ns
        How far back from the instant of the view; None for all that is recorded.
    greatest_age_ns
        If the newest observation is older than this, the scenario abstains; None where age does not matter.
    genealogy
        Whether it needs who came of whom: the slab of a coil, its heat. That is always read whole.
    """

    parameters: tuple[str, ...]
    span_ns: int | None = None
    greatest_age_ns: int | None = None
    genealogy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a scenario sees: frames by unit, frozen, as of an instant.

    Parameters
    ----------
    as_of_ns
        The instant.
    upto
        The historian's sequence number it was taken at.
    frames
        By unit, as in :mod:`pilothouse.plant.frame`.
    origins
        Who came of whom, as in :mod:`pilothouse.plant.lineage`; None where it was not read.
    """

    as_of_ns: int
    upto: int
    frames: Mapping[str, pl.DataFrame]
    origins: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        """Nobody adds a unit later."""
        object.__setattr__(self, "frames", MappingProxyType(dict(self.frames)))

    def observations(self, parameter: str, *, worst_status: int = UNCERTAIN) -> pl.DataFrame:
        """The usable observations of a parameter over all units, as ``value`` with the key columns, by start.

        Examples
        --------
        >>> frame = pl.DataFrame({"piece": ["1"], "start_ns": [5], "end_ns": [5], "known_ns": [6],
        ...                       "origin": ["live"], "t": [1571.0]})
        >>> Snapshot(as_of_ns=9, upto=1, frames={"lf1": frame}).observations("t")["value"].to_list()
        [1571.0]
        """
        found = [observations(frame, parameter, worst_status=worst_status) for _, frame in sorted(self.frames.items())]
        return pl.concat([_NOTHING, *found]).sort(_ORDER, maintain_order=True)

    @property
    def genealogy(self) -> Genealogy:
        """Who came of whom as it was known, as records; for many pieces ask :meth:`lineage`.

        Raises
        ------
        ValueError
            If no read declares it.
        """
        return genealogy_of(self._origins_read())

    def lineage(self, pieces: Iterable[str]) -> pl.DataFrame:
        """What pieces came of as it was known: ``piece, ancestor, generation``; see :mod:`pilothouse.plant.lineage`.

        Raises
        ------
        ValueError
            If no read declares the genealogy.

        Examples
        --------
        >>> row = {"child": ["coil"], "parent": ["slab"], "start_m": [0.0], "end_m": [9.5], "known_ns": [6]}
        >>> Snapshot(as_of_ns=9, upto=1, frames={}, origins=pl.DataFrame(row)).lineage(["coil"]).rows()
        [('coil', 'slab', 1)]
        """
        return lineage(self._origins_read(), pieces)

    def _origins_read(self) -> pl.DataFrame:
        if self.origins is None:
            raise ValueError("the genealogy was not read; declare it with Read(..., genealogy=True)")
        return self.origins

    def stale(self, reads: Sequence[Read]) -> tuple[str, ...]:
        """The parameters without a usable observation that ended within the greatest age declared for them.

        Examples
        --------
        >>> Snapshot(as_of_ns=9, upto=1, frames={}).stale([Read(parameters=("t",), greatest_age_ns=4)])
        ('t',)
        """
        return tuple(
            parameter
            for read in reads
            if read.greatest_age_ns is not None
            for parameter in read.parameters
            if not self.observations(parameter)["end_ns"].ge(self.as_of_ns - read.greatest_age_ns).any()
        )

    def fingerprint(self) -> str:
        """SHA-256 of all it holds: the same data as of the same instant give the same text, on any machine."""
        digest = hashlib.sha256(f"{self.as_of_ns}".encode())
        for unit in sorted(self.frames):
            frame = self.frames[unit]
            columns = sorted(frame.columns)
            digest.update(f"{unit!r}:{columns}:{frame.height}".encode())
            for column in columns:
                digest.update(_column_bytes(frame[column]))
        if self.origins is not None:
            digest.update(f"genealogy:{self.origins.height}".encode())  # a unit's name would stand in quotes
            for column in ORIGIN_COLUMNS:
                digest.update(_column_bytes(self.origins[column]))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The plant as known at one instant.

    Parameters
    ----------
    plant
        Its words.
    recorded
        A historian, or anything that can be scanned like one.
    as_of_ns
        Nothing known later than this can be seen.
    upto
        The historian's sequence number; nothing stored later can be seen.
    """

    plant: Plant
    recorded: Recorded
    as_of_ns: int
    upto: int

    def snapshot(self, reads: Sequence[Read], *, pieces: Sequence[str] | None = None) -> Snapshot:
        """The frozen part of the view that these reads declare.

        Parameters
        ----------
        reads
            Each parameter in one of them.
        pieces
            Only what was observed on these lots and, where the genealogy is read, on what they came of; None for all.

        Raises
        ------
        UnknownParameterError
            If the plant does not declare a parameter that is read.
        ValueError
            If a parameter is read twice.
        """
        origins = None
        if any(read.genealogy for read in reads):
            origins = self.recorded.genealogy(as_of_ns=self.as_of_ns, upto=self.upto)
            if pieces is not None:
                pieces = sorted({*pieces, *lineage(origins, pieces)["ancestor"]})
                origins = origins.filter(pl.col("child").is_in(pieces))
        frames: dict[str, pl.DataFrame] = {}
        for span_ns, keys in self._by_span(reads).items():
            start_ns = None if span_ns is None else self.as_of_ns - span_ns
            found = self.recorded.scan(keys, start_ns=start_ns, as_of_ns=self.as_of_ns, pieces=pieces, upto=self.upto)
            for unit, frame in found.items():
                frames[unit] = frame if unit not in frames else _beside(frames[unit], frame)
        return Snapshot(as_of_ns=self.as_of_ns, upto=self.upto, frames=frames, origins=origins)

    def _by_span(self, reads: Sequence[Read]) -> dict[int | None, list[str]]:
        """Which parameters go how far back: what goes equally far is asked for at once."""
        spans: dict[int | None, list[str]] = {}
        seen: set[str] = set()
        for read in reads:
            for key in read.parameters:
                if key in seen:
                    raise ValueError(f"parameter {key} is read twice; declare it in one read")
                seen.add(self.plant.parameter(key).key)
                spans.setdefault(read.span_ns, []).append(key)
        return spans


_ORDER: Final = ["start_ns", "end_ns", "piece"]

_NOTHING: Final = pl.DataFrame(schema={**KEY_COLUMNS, "value": pl.Float64})


def _beside(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Two frames of one unit as one, a row an observation and instant of knowledge; they share no parameter."""
    keys = [*_ORDER, "known_ns"]
    both = left.join(right, on=keys, how="full", coalesce=True, nulls_equal=True, suffix="##")
    return both.with_columns(pl.coalesce("origin", "origin##").alias("origin")).drop("origin##").sort(keys)


def _column_bytes(column: pl.Series) -> bytes:
    """The content of a column, the same on every machine; no two contents give the same bytes."""
    nulls = column.is_null().to_numpy().tobytes()
    if column.dtype == pl.String:
        texts = [text.encode() for text in column.fill_null("")]
        return nulls + np.array([len(t) for t in texts], dtype="<i8").tobytes() + b"".join(texts)
    numbers = column.fill_null(0).to_numpy()
    return nulls + numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()

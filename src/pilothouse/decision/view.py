"""The View: the plant as it was known at one instant; and the snapshot a scenario reads from it.

A scenario never holds the historian. It declares what it reads; the hub takes one frozen snapshot of that, as of
an instant and up to a stored sequence number. Freshness checks, look-ahead proofs and byte-exact replay follow
from that alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pilothouse.plant.plant import Plant


class Recorded(Protocol):
    """The one question a view asks of a historian."""

    def scan(  # noqa: PLR0913 - the six are the question
        self,
        parameters: Sequence[str],
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        as_of_ns: int | None = None,
        pieces: Sequence[str] | None = None,
        upto: int | None = None,
    ) -> dict[str, pl.DataFrame]:
        """See :class:`pilothouse.ports.Historian`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Something a scenario needs, declared.

    Parameters
    ----------
    parameters
        Keys of plant parameters.
    span_ns
        How far back from the instant of the view; None for all that is recorded.
    greatest_age_ns
        If the newest observation is older than this, the scenario abstains; None where age does not matter.
    """

    parameters: tuple[str, ...]
    span_ns: int | None = None
    greatest_age_ns: int | None = None


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
    """

    as_of_ns: int
    upto: int
    frames: Mapping[str, pl.DataFrame]

    def fingerprint(self) -> str:
        """SHA-256 of all it holds: the same data give the same text."""
        digest = hashlib.sha256(f"{self.as_of_ns}".encode())
        for unit in sorted(self.frames):
            frame = self.frames[unit]
            columns = sorted(frame.columns)
            digest.update(f"{unit}:{columns}:{frame.height}".encode())
            for column in columns:
                digest.update(_column_bytes(frame[column]))
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

    def snapshot(self, reads: Sequence[Read]) -> Snapshot:
        """The frozen part of the view that these reads declare.

        Raises
        ------
        UnknownParameterError
            If the plant does not declare a parameter that is read.
        """
        spans: dict[int | None, list[str]] = {}
        for read in reads:
            for key in read.parameters:
                if any(key in keys for keys in spans.values()):
                    raise ValueError(f"parameter {key} is read twice; declare it in one read")
                self.plant.parameter(key)
                spans.setdefault(read.span_ns, []).append(key)
        frames: dict[str, pl.DataFrame] = {}
        for span_ns, keys in spans.items():
            start_ns = None if span_ns is None else self.as_of_ns - span_ns
            found = self.recorded.scan(keys, start_ns=start_ns, as_of_ns=self.as_of_ns, upto=self.upto)
            for unit, frame in found.items():
                frames[unit] = frame if unit not in frames else _beside(frames[unit], frame)
        return Snapshot(as_of_ns=self.as_of_ns, upto=self.upto, frames=frames)


def _beside(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Two frames of one unit as one; they share no parameter, so nothing is told twice."""
    return pl.concat([left, right], how="diagonal").sort("start_ns", "end_ns", "piece", maintain_order=True)


def _column_bytes(column: pl.Series) -> bytes:
    """The content of a column, the same on every machine and version."""
    nulls = column.is_null().to_numpy().tobytes()
    if column.dtype == pl.String:
        return nulls + "\x00".join(column.fill_null("").to_list()).encode()
    return nulls + column.fill_null(0).to_numpy().tobytes()

"""Samples: what comes in from a running plant, many at a time; and which piece passed where.

Numbers travel as arrays, one row a value. What a source says in text, which piece is in a unit, is a passage. Both have
two times: when it happened by the clock of the source, and when the hub received it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilothouse.plant.frame import BAD, ORIGINS

NO_PIECE = -1
"""Place of a sample that names no piece."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Values that came in together.

    Parameters
    ----------
    parameters
        Keys of the parameters in the batch, each once.
    which
        Of each value, the place of its parameter in ``parameters``, shape (n,).
    source_ns
        When each happened by the clock of its source, ns since 1970 UTC, shape (n,).
    values
        In the unit of the parameter, shape (n,); NaN only with bad status.
    statuses
        As in :mod:`pilothouse.plant.frame`, shape (n,).
    received_ns
        When the hub had them.
    origin
        One of :data:`pilothouse.plant.frame.ORIGINS`: ``replayed`` is what a source gave again after an outage.
    pieces
        Keys of the pieces that values were observed on, each once; empty where the source names none.
    of
        Of each value, the place of its piece in ``pieces``, shape (n,), -1 where it names none; empty as ``pieces`` is.

    Examples
    --------
    >>> batch = Samples(parameters=("speed",), which=np.zeros(2, np.int32), source_ns=np.array([5, 6]),
    ...                 values=np.array([1.0, 2.0]), statuses=np.zeros(2, np.uint8), received_ns=7)
    >>> len(batch)
    2
    """

    parameters: tuple[str, ...]
    which: NDArray[np.int32]
    source_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    received_ns: int
    origin: str = "live"
    pieces: tuple[str, ...] = ()
    of: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        lengths = {len(self.which), len(self.source_ns), len(self.values), len(self.statuses)}
        if self.of is not None:
            lengths.add(len(self.of))
        if len(lengths) != 1:
            raise ValueError(f"samples: expected arrays of one length, got {sorted(lengths)}")
        if (self.of is None) != (not self.pieces):
            raise ValueError("samples: pieces and their places come together or not at all")
        if self.origin not in ORIGINS:
            raise ValueError(f"samples: expected an origin of {', '.join(ORIGINS)}, got {self.origin!r}")
        if len(self.which) and not 0 <= int(self.which.min()) <= int(self.which.max()) < len(self.parameters):
            raise ValueError(f"samples: a place lies outside the {len(self.parameters)} parameters")
        if bool((np.isnan(self.values) & (self.statuses != BAD)).any()):
            raise ValueError("samples: a value that is no number needs bad status")

    def __len__(self) -> int:
        """How many values."""
        return len(self.which)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """From when on a piece was at a place.

    Parameters
    ----------
    place
        Key of an equipment; or of a parameter whose values are of another piece than its equipment holds, such as a
        laboratory result.
    piece
        Key of the piece; empty where the place is empty from then on.
    since_ns
        By the clock of the source.
    received_ns
        When the hub had it.
    """

    place: str
    piece: str
    since_ns: int
    received_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span in which values should have come and did not.

    Parameters
    ----------
    connection
        Over which connection.
    parameters
        How many parameters are silent in it.
    start_ns, end_ns
        By the clock of the source: the last value before it, and the first after it.
    missing
        How many values are missing, by the declared interval.
    filled
        How many of them came later.
    """

    connection: str
    parameters: int
    start_ns: int
    end_ns: int
    missing: int
    filled: int = 0

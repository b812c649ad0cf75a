"""Windows of a piece's time, seen from an anchor measurement towards a target measurement.

``before``         all that was known at the anchor
``before/15min``   of that, the last 15 minutes
``step``           from the measurement before the anchor to the anchor
``ahead``          what happened after the anchor, up to the target: what was done, or what is planned
``ahead/6min``     of that, the last 6 minutes before the target
``whole``          the piece as a whole, whenever: for totals that nobody timed
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from pilothouse.clock import NS_PER_H, NS_PER_MIN, NS_PER_S

_SPANS: Final = {"s": NS_PER_S, "min": NS_PER_MIN, "h": NS_PER_H}
_FORM: Final = re.compile(r"(before|ahead|step|whole)(?:/(\d+)(s|min|h))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window.

    Parameters
    ----------
    name
        As it is written.
    side
        ``before``, ``step``, ``ahead`` or ``whole``.
    span_ns
        How much of it counts, back from its end; None for all.
    """

    name: str
    side: str
    span_ns: int | None = None

    @staticmethod
    def parse(text: str) -> "Window | None":
        """The window a text means, or None where it means none.

        Examples
        --------
        >>> Window.parse("ahead/6min").span_ns // 10**9
        360
        >>> Window.parse("after") is None
        True
        """
        match = _FORM.fullmatch(text)
        if match is None or (match[1] in {"step", "whole"} and match[2]):
            return None
        span_ns = int(match[2]) * _SPANS[match[3]] if match[2] else None
        return Window(name=text, side=match[1], span_ns=span_ns)

    @property
    def begins(self) -> bool:
        """Whether it has a start: all but ``before`` without a span, and ``whole``."""
        return self.side in {"step", "ahead"} or self.span_ns is not None

    @property
    def end(self) -> pl.Expr:
        """Where it ends, over columns ``anchor_ns`` and ``target_ns``."""
        return pl.col("anchor_ns") if self.side in {"before", "step"} else pl.col("target_ns")

    @property
    def start(self) -> pl.Expr | None:
        """Where it begins, over the same columns and ``previous_ns``; None where it reaches back without end."""
        if not self.begins:
            return None
        if self.side == "step":
            return pl.col("previous_ns").fill_null(pl.col("anchor_ns"))
        if self.side == "before":
            return self.end - self.span_ns
        if self.span_ns is None:
            return pl.col("anchor_ns")
        return pl.max_horizontal("anchor_ns", self.end - self.span_ns)

    @property
    def minutes(self) -> pl.Expr:
        """How long it is in minutes; null where it reaches back without end."""
        length = pl.lit(None, dtype=pl.Int64) if self.start is None else self.end - self.start
        return length.cast(pl.Float64) / NS_PER_MIN

    @property
    def share(self) -> pl.Expr:
        """Which share of an observation falls into the window, 0 to 1, prorated for intervals.

        Over the columns above and, of the observation, ``start_ns``, ``end_ns``, ``known_ns``. A window is open at its
        start and closed at its end, so an instant at the anchor counts as before it. What was not known at the anchor
        was not there to be seen before it.
        """
        begin, end = pl.col("start_ns"), pl.col("end_ns")
        if self.side == "whole":
            return pl.lit(1.0)
        low = begin if self.start is None else pl.max_horizontal(begin, self.start)
        overlap = (pl.min_horizontal(end, self.end) - low).clip(0).cast(pl.Float64)
        inside = begin <= self.end if self.start is None else (begin <= self.end) & (begin > self.start)
        share = pl.when(begin == end).then(inside.cast(pl.Float64)).otherwise(overlap / (end - begin))
        return share if self.side == "ahead" else pl.when(pl.col("known_ns") <= self.end).then(share).otherwise(0.0)

"""What is known of pieces at a standing on their route: a row a piece, from itself and from all it came of.

A piece stands there when the closing parameter is first known of it. What became known later is not looked at, nor is
what is marked bad; of several values of one parameter the latest counts.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.decision.view import Snapshot
from pilothouse.packs.steel.declaration import Standing, VirtualTest
from pilothouse.plant.frame import GOOD, UNCERTAIN, status_column

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Pieces at one standing, in the order in which they came to stand there.

    Parameters
    ----------
    table
        ``piece, origin, anchor_ns, answer, answered_ns`` and a column a parameter looked at; the origin is the first
        of all that the piece came of, or itself; the answer is null and ``answered_ns`` far ahead while the test is not
        known.
    names
        The parameters looked at, in order.
    """

    table: pl.DataFrame
    names: tuple[str, ...]

    @property
    def values(self) -> Array:
        """What is known (n, p), NaN where missing."""
        found: Array = self.table.select(self.names).to_numpy().astype(np.float64, copy=False)
        return found.reshape(self.table.height, len(self.names))

    @property
    def answer(self) -> Array:
        """What the test told (n,), NaN where it is not known."""
        return self.table["answer"].fill_null(np.nan).to_numpy().astype(np.float64, copy=False)

    @property
    def anchor_ns(self) -> NDArray[np.int64]:
        """When each forecast stands (n,)."""
        return self.table["anchor_ns"].to_numpy()

    @property
    def answered_ns(self) -> NDArray[np.int64]:
        """When each test was known (n,)."""
        return self.table["answered_ns"].to_numpy()

    @property
    def pieces(self) -> tuple[str, ...]:
        """Lot keys (n,)."""
        return tuple(self.table["piece"].to_list())

    @property
    def origins(self) -> tuple[str, ...]:
        """What each came of at first (n,)."""
        return tuple(self.table["origin"].to_list())

    def where(self, chosen: pl.Expr) -> "Standings":
        """Some of them."""
        return Standings(table=self.table.filter(chosen), names=self.names)


NOT_YET: int = np.iinfo(np.int64).max
"""When a test will be known that nobody has heard of yet."""


def tested(snapshot: Snapshot, test: VirtualTest) -> pl.DataFrame:
    """The first result above 0 of each tested piece: ``piece, answer, answered_ns``."""
    results = snapshot.observations(test.result).drop_nulls("piece").filter(pl.col("value") > 0.0)
    results = results.sort("known_ns", "end_ns")
    first = results.group_by("piece", maintain_order=True).first()
    return first.select("piece", pl.col("value").alias("answer"), pl.col("known_ns").alias("answered_ns"))


def standings(
    snapshot: Snapshot, test: VirtualTest, standing: Standing, *, pieces: Collection[str] | None = None
) -> Standings:
    """All pieces that stand there and are not tested yet as they come there.

    Parameters
    ----------
    snapshot
        With the genealogy.
    test, standing
        What is foretold, and where.
    pieces
        Only these; None for all that were tested or stand there themselves.
    """
    closing = snapshot.observations(standing.closes).drop_nulls("piece")
    closed = closing.group_by(pl.col("piece").alias("ancestor")).agg(pl.col("known_ns").min().alias("anchor_ns"))
    answers = tested(snapshot, test)
    # Of a standing before a coil is cut, the tested coils are told by what they came of.
    asked = sorted({*closed["ancestor"], *answers["piece"]} if pieces is None else pieces)
    ways = _ways(snapshot, asked)
    anchors = ways.join(closed, on="ancestor").group_by("piece").agg(pl.col("anchor_ns").min())
    made_of_others = ways.filter(pl.col("piece") != pl.col("ancestor"))["ancestor"]
    anchors = anchors.filter(~pl.col("piece").is_in(made_of_others.unique().implode()))
    table = anchors.join(answers, on="piece", how="left").with_columns(pl.col("answered_ns").fill_null(NOT_YET))
    table = table.filter(pl.col("answered_ns") > pl.col("anchor_ns")).sort("anchor_ns", "piece")
    first = ways.sort("generation", "ancestor").group_by("piece").agg(pl.col("ancestor").last().alias("origin"))
    table = table.join(first, on="piece", how="left", maintain_order="left")
    table = table.select("piece", "origin", "anchor_ns", "answer", "answered_ns")
    for _, frame in sorted(snapshot.frames.items()):
        table = table.join(_known(frame, standing, table, ways), on="piece", how="left", maintain_order="left")
    absent = [pl.lit(None, dtype=pl.Float64).alias(name) for name in standing.looks_at if name not in table.columns]
    return Standings(table=table.with_columns(absent), names=standing.looks_at)


def _ways(snapshot: Snapshot, pieces: Collection[str]) -> pl.DataFrame:
    """``piece, ancestor, generation``: each piece is on its own way too, as generation 0."""
    own = pl.DataFrame({"piece": list(pieces)}, schema={"piece": pl.String})
    own = own.with_columns(pl.col("piece").alias("ancestor"), pl.lit(0, dtype=pl.Int64).alias("generation"))
    if snapshot.origins is None:
        return own
    return pl.concat([own, snapshot.lineage(pieces)])


def _known(frame: pl.DataFrame, standing: Standing, table: pl.DataFrame, ways: pl.DataFrame) -> pl.DataFrame:
    """The latest usable value of each parameter that a unit tells of each piece, as known at its anchor."""
    names = [name for name in standing.looks_at if name in frame.columns]
    if not names:
        return table.select("piece").unique()
    usable = [_usable(frame, name) for name in names]
    values = frame.select("piece", "end_ns", "known_ns", *usable).rename({"piece": "ancestor"})
    asked = ways.join(table.select("piece", "anchor_ns"), on="piece")
    told = asked.join(values, on="ancestor").filter(pl.col("known_ns") <= pl.col("anchor_ns"))
    return told.sort("end_ns", "known_ns").group_by("piece").agg(pl.col(names).drop_nulls().last())


def _usable(frame: pl.DataFrame, name: str) -> pl.Expr:
    status = status_column(name)
    if status not in frame.columns:
        return pl.col(name)
    return pl.when(pl.col(status).fill_null(GOOD) <= UNCERTAIN).then(pl.col(name)).otherwise(None).alias(name)

"""What is known of pieces laid beside them: from themselves and from all they came of, the latest value of each."""

from collections.abc import Sequence

import polars as pl

from pilothouse.decision.view import Snapshot
from pilothouse.plant.frame import GOOD, status_column


def laid_beside(snapshot: Snapshot, table: pl.DataFrame, names: Sequence[str], *, worst_status: int) -> pl.DataFrame:
    """A table with a column ``piece``, and a column a parameter beside it; null where nothing is known.

    Parameters
    ----------
    snapshot
        With the genealogy, where pieces came of others.
    table
        One row a piece.
    names
        Parameters that are not in it yet.
    worst_status
        The worst status still taken.
    """
    ways = ways_of(snapshot, table["piece"].to_list())
    for _, frame in sorted(snapshot.frames.items()):
        told = [name for name in names if name in frame.columns]
        if told:
            usable = [usable_values(frame, name, worst_status=worst_status) for name in told]
            values = frame.select("end_ns", "known_ns", *usable, pl.col("piece").alias("ancestor"))
            latest = ways.join(values, on="ancestor").sort("end_ns", "known_ns")
            latest = latest.group_by("piece").agg(pl.col(told).drop_nulls().last())
            table = table.join(latest, on="piece", how="left", maintain_order="left")
    absent = [pl.lit(None, dtype=pl.Float64).alias(name) for name in names if name not in table.columns]
    return table.with_columns(absent)


def ways_of(snapshot: Snapshot, pieces: Sequence[str]) -> pl.DataFrame:
    """``piece, ancestor``: what pieces came of; each is on its own way too."""
    own = pl.DataFrame({"piece": list(pieces)}, schema={"piece": pl.String}).with_columns(ancestor="piece")
    if snapshot.origins is None:
        return own
    return pl.concat([own, snapshot.lineage(pieces).select("piece", "ancestor")])


def usable_values(frame: pl.DataFrame, name: str, *, worst_status: int) -> pl.Expr:
    """A column of a frame, null where its status is worse."""
    status = status_column(name)
    if status not in frame.columns:
        return pl.col(name)
    return pl.when(pl.col(status).fill_null(GOOD) <= worst_status).then(pl.col(name)).otherwise(None).alias(name)

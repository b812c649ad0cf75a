"""Questions: what will a later measurement of a piece be, standing at an earlier one.

Every pair of measurements of a piece is a question with a known answer, so the record teaches far more than one
example a piece: between two measurements nobody could react to the result, which is where the effect of a lever
shows least disturbed. Tasks pick the pairs they are judged on, and the pairs they learn from.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.packs.declared.recent import REACHES, RECENT, recent_columns
from pilothouse.plant.frame import observations

SILENCE_NS: Final = 2 * NS_PER_H
"""A piece counts as finished when the next one was measured after it, or when nothing came for this long."""


STANDING: Final = ("result.now", "result.is_first", "piece.minutes", *RECENT)
"""Features of where one stands: the value now, since when the piece is there, and what the pieces before say."""

PATH: Final = ("result.place", "result.before", "result.before2", "result.first", "result.minutes_before")
"""Features of the way there: how many measurements before, and their differences to now. None at the first one."""

TARGET: Final = ("result.minutes_ahead", "result.is_last")
"""Features of the target that is meant."""


WORDS: Final = {
    "result.now": "value now",
    "result.is_first": "this is the first measurement",
    "result.place": "measurements before",
    "result.before": "measurement before, less now",
    "result.before2": "second measurement before, less now",
    "result.first": "first measurement, less now",
    "result.minutes_before": "minutes since the measurement before",
    "result.minutes_ahead": "minutes ahead",
    "result.is_last": "the last measurement is asked for",
    "piece.minutes": "minutes since the piece was first seen",
    "recent.gap": "minutes since the piece before",
    "recent.pace": "pieces in the last six hours",
    **{f"recent.result.{reach}": f"mean result of the last {reach} pieces" for reach in REACHES},
}
"""The features of the result itself in words."""


def measurements(frames: Mapping[str, pl.DataFrame], result: str) -> pl.DataFrame:
    """The usable measurements of the result with what was known at each, in the order in which they were known.

    Returns
    -------
    polars.DataFrame
        ``piece, place, places`` (place counts from 0), ``previous_ns, at_ns`` (when it was known), ``value``,
        ``finished_ns`` (when it was clear that the piece is finished), and the features of :data:`STANDING` and
        :data:`PATH` and ``recent.*``.
    """
    found = [observations(frame, result) for _, frame in sorted(frames.items()) if result in frame.columns]
    table = pl.concat(found) if found else observations(pl.DataFrame(), result)
    table = (
        table.filter(pl.col("piece").is_not_null())
        .sort("known_ns", "piece", "start_ns", "end_ns", maintain_order=True)
        .select("piece", pl.col("known_ns").alias("at_ns"), "value")
    )
    table = table.hstack(
        recent_columns(table["piece"].to_numpy(), table["at_ns"].to_numpy(), table["value"].to_numpy())
    )
    now, at = pl.col("value"), pl.col("at_ns")
    table = table.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over("piece").alias("place"),
        pl.len().over("piece").cast(pl.Int64).alias("places"),
        at.shift(1).over("piece").alias("previous_ns"),
        now.alias("result.now"),
        (now.shift(1) - now).over("piece").alias("result.before"),
        (now.shift(2) - now).over("piece").alias("result.before2"),
        (now.first() - now).over("piece").alias("result.first"),
        ((at - at.shift(1)) / NS_PER_MIN).over("piece").alias("result.minutes_before"),
    )
    table = table.with_columns(
        pl.col("place").cast(pl.Float64).alias("result.place"),
        (pl.col("place") == 0).cast(pl.Float64).alias("result.is_first"),
    )
    return (
        table.hstack([_begun(table, frames)])
        .with_columns(((at - pl.col("begun_ns")) / NS_PER_MIN).alias("piece.minutes"))
        .join(_finished(table), on="piece", how="left", maintain_order="left")
        .drop("begun_ns")
    )


def pairs(measured: pl.DataFrame) -> pl.DataFrame:
    """Every question whose answer is recorded: an anchor and a later target on the same piece.

    Returns
    -------
    polars.DataFrame
        The anchor's columns of :func:`measurements` with ``at_ns`` as ``anchor_ns``, and of the target ``target_place,
        target_ns, answer``; ``result.minutes_ahead`` and ``result.is_last`` say which target is meant.
    """
    target = measured.select(
        "piece",
        pl.col("place").alias("target_place"),
        pl.col("at_ns").alias("target_ns"),
        pl.col("value").alias("answer"),
    )
    met = measured.rename({"at_ns": "anchor_ns"}).join(target, on="piece", maintain_order="left_right")
    return with_target(met.filter(pl.col("target_place") > pl.col("place"), pl.col("target_ns") > pl.col("anchor_ns")))


def with_target(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the features that say which target is meant."""
    return rows.with_columns(
        ((pl.col("target_ns") - pl.col("anchor_ns")) / NS_PER_MIN).alias("result.minutes_ahead"),
        (pl.col("target_place") == pl.col("places") - 1).cast(pl.Float64).alias("result.is_last"),
    )


def is_to_last() -> pl.Expr:
    """Whether a pair's target is the piece's last measurement."""
    return pl.col("target_place") == pl.col("places") - 1


def is_step() -> pl.Expr:
    """Whether a pair's target is the measurement next to its anchor."""
    return pl.col("target_place") == pl.col("place") + 1


def _begun(table: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.Series:
    """At each measurement, the earliest start of all that was known of its piece by then."""
    columns = {"piece": pl.String, "at_ns": pl.Int64, "begun_ns": pl.Int64}
    seen = [
        frame.select("piece", pl.col("known_ns").alias("at_ns"), pl.col("start_ns").alias("begun_ns"))
        for frame in frames.values()
    ]
    known = pl.concat([pl.DataFrame(schema=columns), *seen]).filter(pl.col("piece").is_not_null()).sort("at_ns")
    known = known.with_columns(pl.col("begun_ns").cum_min().over("piece"))
    met = table.select("piece", "at_ns").join_asof(known, on="at_ns", by="piece", check_sortedness=False)
    return met["begun_ns"]


def _finished(table: pl.DataFrame) -> pl.DataFrame:
    ends = table.group_by("piece", maintain_order=True).agg(
        pl.col("at_ns").first().alias("first_ns"), pl.col("at_ns").last().alias("last_ns")
    )
    firsts = ends.select(pl.col("first_ns").alias("next_ns")).sort("next_ns")
    met = ends.sort("last_ns").join_asof(
        firsts, left_on="last_ns", right_on="next_ns", strategy="forward", allow_exact_matches=False
    )
    silence = pl.col("last_ns") + SILENCE_NS
    return met.select("piece", pl.min_horizontal(silence, pl.col("next_ns")).alias("finished_ns"))

"""The law of the historian, pure: what a new row says that was not known, and what was known at an instant.

*Rows* are frames in the order in which they were received, with one column more, :data:`TOLD`: the ``known_ns``
the sender gave. A *cell* is one parameter of one observation; it says something if it has a value or a status
that is not good (a value withdrawn is null and bad). Of a cell's versions the one received last counts, from its
``known_ns`` on.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pilothouse.plant.frame import GOOD, KEY_COLUMNS, parameters_of, status_column

OBSERVATION: Final = ["piece", "start_ns", "end_ns"]
"""Two rows of a unit are the same observation if these agree."""

TOLD: Final = "told_ns##"
"""No parameter or status can have this name, for a parameter's key has no ``#``."""

SILENT: Final = 0
NEW: Final = 1
CORRECTED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What of a frame is worth storing: rows as above, and how many rows of the frame were which."""

    rows: pl.DataFrame
    new: int
    unchanged: int
    corrected: int


def sift(stored: pl.DataFrame, frame: pl.DataFrame, received_ns: int) -> Sifted:
    """Keep of a frame what the stored rows do not say.

    A cell is dropped if it repeats the version in force, or an earlier one without having become known later
    than all of them: an old file imported again does not undo a correction, and who takes a correction back says
    so with a later ``known_ns``. Any other cell that changes the version in force is a correction: it counts from
    ``max(known_ns, received_ns)``, for nobody could act on it before. The same value told with another
    ``known_ns`` repeats it: when it became known stays as it was.

    Parameters
    ----------
    stored
        The rows that speak of the same observations, with all parameters of ``frame`` they have.
    frame
        In the shape of :func:`pilothouse.historian.shape.in_shape`.
    received_ns
        Now.

    Examples
    --------
    >>> row = {"piece": ["1"], "start_ns": [0], "end_ns": [0], "known_ns": [5], "origin": ["live"], "t": [1.0]}
    >>> first = sift(pl.DataFrame(), pl.DataFrame(row), received_ns=100)
    >>> again = sift(first.rows, pl.DataFrame(row | {"t": [2.0]}), received_ns=100)
    >>> first.new, again.corrected, again.rows["known_ns"].to_list()
    (1, 1, [100])
    """
    told = frame.sort("known_ns", maintain_order=True).with_columns(pl.col("known_ns").alias(TOLD))
    known = told.select(OBSERVATION).is_duplicated()
    if stored.height:
        known |= _is_among(told, stored)
    fresh = says_something(told.filter(~known))
    contested = told.filter(known)
    verdicts = _verdicts(stored, contested)
    corrections, news = ({p: v == wanted for p, v in verdicts.items()} for wanted in (CORRECTED, NEW))
    corrected = _any_of(corrections)
    new = _any_of(news) & ~corrected
    kept = [fresh, _only(contested, news)]
    kept.append(
        _only(contested, corrections).with_columns(pl.max_horizontal("known_ns", pl.lit(received_ns, dtype=pl.Int64)))
    )
    # Versions of one cell lie in one frame only in the order of their known_ns, and that order must survive.
    rows = pl.concat(kept, how="vertical").sort(TOLD, maintain_order=True)
    count_new, count_corrected = fresh.height + int(new.sum()), int(corrected.sum())
    return Sifted(
        rows=_without_silent_columns(rows),
        new=count_new,
        unchanged=frame.height - count_new - count_corrected,
        corrected=count_corrected,
    )


def as_known(
    rows: pl.DataFrame,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    as_of_ns: int | None = None,
    pieces: Sequence[str] | None = None,
) -> pl.DataFrame:
    """What was known of the parameters in these rows: one row an observation and instant of knowledge.

    The arguments are those of :meth:`pilothouse.ports.Historian.scan`. Each cell stands in its version in force, in
    the row with the ``known_ns`` of that version; cells of one observation that became known at the same instant share
    a row, whose ``origin`` is that of the version received last. Sorted by start, end, piece and ``known_ns``.

    Examples
    --------
    >>> rows = pl.DataFrame({"piece": ["1", "1"], "start_ns": [0, 0], "end_ns": [0, 0], "known_ns": [5, 9],
    ...                      "origin": ["live", "manual"], TOLD: [5, 6], "t": [1.0, 2.0]})
    >>> as_known(rows)["t"].to_list(), as_known(rows, as_of_ns=8)["t"].to_list()
    ([2.0], [1.0])
    >>> laboratory = rows.with_columns(pl.Series("c", [None, 0.4]), pl.Series("t", [1.0, None]))
    >>> as_known(laboratory).select("known_ns", "t", "c").rows()
    [(5, 1.0, None), (9, None, 0.4)]
    """
    wanted = pl.lit(value=True)
    if start_ns is not None:
        wanted &= pl.col("start_ns") >= start_ns
    if end_ns is not None:
        wanted &= pl.col("start_ns") < end_ns
    if as_of_ns is not None:
        wanted &= pl.col("known_ns") <= as_of_ns
    if pieces is not None:
        wanted &= pl.col("piece").is_in(list(pieces))
    found = says_something(rows.filter(wanted)).drop(TOLD)
    retold = found.select(OBSERVATION).is_duplicated()
    once = found.filter(~retold)
    answer = once if once.height == found.height else pl.concat([once, _in_force(found.filter(retold))])
    parameters = parameters_of(rows)
    columns = frozenset(rows.columns)
    return answer.with_columns(_status(p) for p in parameters if status_column(p) in columns).sort(*_ORDER)


def says(parameter: str, columns: Container[str]) -> pl.Expr:
    """Whether a row says something of a parameter."""
    said = pl.col(parameter).is_not_null()
    if status_column(parameter) in columns:
        said |= pl.col(status_column(parameter)).fill_null(GOOD) > GOOD
    return said


def says_something(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that say something of at least one of their parameters."""
    parameters = parameters_of(rows)
    if not parameters:
        return rows.clear()
    # A frame makes the list of its columns anew each time it is asked: with a thousand parameters, ask once.
    columns = frozenset(rows.columns)
    return rows.filter(pl.any_horizontal(says(p, columns) for p in parameters))


_ORDER: Final = ("start_ns", "end_ns", "piece", "known_ns")


def _status(parameter: str) -> pl.Expr:
    """A value stored without status is good; where nothing is said there is no status."""
    column = pl.col(status_column(parameter))
    return pl.when(pl.col(parameter).is_not_null()).then(column.fill_null(GOOD)).otherwise(column)


def _in_force(rows: pl.DataFrame) -> pl.DataFrame:
    """One row an observation and instant of knowledge, each cell in the version received last."""
    place = rows.with_row_index("row##").select(pl.col("row##").first().over(OBSERVATION)).to_series().to_numpy()
    columns = frozenset(rows.columns)
    said = rows.select(says(p, columns).alias(p) for p in parameters_of(rows))
    left = _only(rows, {column.name: _newest(place, column.to_numpy()) for column in said})
    keys = [*OBSERVATION, "known_ns"]
    shared = left.select(keys).is_duplicated()
    if not shared.any():
        return left
    # A cell has one version left, so of the rows that are to be one at most one speaks of it.
    joined = left.filter(shared).group_by(keys).agg(pl.col("origin").last(), pl.exclude(*keys, "origin").max())
    return pl.concat([left.filter(~shared), joined.select(left.columns)])


def _newest(place: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Which rows say something of a parameter and are the last of their place to do so."""
    spoken = np.flatnonzero(said)
    last = np.full(said.size, -1)
    last[place[spoken]] = spoken  # numpy gives a repeated index its last value
    newest = np.zeros(said.size, bool)
    newest[last[last >= 0]] = True
    return newest


def _verdicts(stored: pl.DataFrame, contested: pl.DataFrame) -> dict[str, np.ndarray]:
    """For each parameter, what each contested row's cell is: SILENT, NEW or CORRECTED."""
    if not contested.height:
        return {}
    both = pl.concat([frame.select(OBSERVATION) for frame in (stored, contested) if frame.height])
    keys = both.unique(maintain_order=True).with_row_index("key")
    key = both.join(keys, on=OBSERVATION, how="left", nulls_equal=True, maintain_order="left")["key"]
    ours, theirs = key.tail(contested.height), key.head(stored.height)
    alone = ours.is_unique().to_numpy()
    verdicts = {}
    for p in parameters_of(contested):
        incoming = _cells(contested, p, ours)
        versions = _cells(stored, p, theirs) if p in stored.columns else incoming.clear()
        verdicts[p] = _verdict(versions, incoming, keys.height, alone)
    return verdicts


def _cells(rows: pl.DataFrame, parameter: str, key: pl.Series) -> pl.DataFrame:
    """The cells of a parameter that say something, with the number of their observation and row."""
    status = status_column(parameter)
    return rows.select(
        key.alias("key"),
        pl.int_range(pl.len()).alias("row"),
        pl.col(TOLD).alias("told"),
        pl.col(parameter).alias("value"),
        (pl.col(status).fill_null(GOOD) if status in rows.columns else pl.lit(GOOD, dtype=pl.UInt8)).alias("status"),
        said=says(parameter, rows.columns),
    )


def _verdict(versions: pl.DataFrame, incoming: pl.DataFrame, keys: int, alone: np.ndarray) -> np.ndarray:
    """The verdict on each row's cell of one parameter.

    Most cells are settled by a look at the version in force; what differs from it, or stands several times in
    the frame, is settled with all versions at hand.
    """
    versions = versions.filter("said")
    at = versions["key"].to_numpy()
    has, value, status = np.zeros(keys, bool), np.full(keys, np.nan), np.zeros(keys, np.uint8)
    has[at] = True
    value[at] = versions["value"].to_numpy()  # numpy gives a repeated index its last value: the version in force
    status[at] = versions["status"].to_numpy()
    ours = incoming["key"].to_numpy()
    told = incoming["value"].to_numpy()
    same = (value[ours] == told) | (np.isnan(value[ours]) & np.isnan(told))
    same &= has[ours] & (status[ours] == incoming["status"].to_numpy())
    said = incoming["said"].to_numpy()
    verdict = np.where(said & ~same, np.where(has[ours], CORRECTED, NEW), SILENT).astype(np.uint8)
    disputed = said & (~alone | (verdict == CORRECTED))
    if disputed.any():
        verdict[disputed] = _settled(versions, incoming.filter(pl.Series(disputed)))
    return verdict


def _settled(versions: pl.DataFrame, disputed: pl.DataFrame) -> np.ndarray:
    """The verdict on disputed cells, in their order."""
    versions = versions.filter(pl.col("key").is_in(disputed["key"].unique().implode()))
    newest = versions.group_by("key").agg(pl.col("told").max().alias("newest"))
    former = versions.select("key", "value", "status").unique().with_columns(former=pl.lit(value=True))
    news = (
        disputed.join(newest, on="key", how="left", maintain_order="left")
        .join(former, on=["key", "value", "status"], how="left", nulls_equal=True, maintain_order="left")
        .filter(pl.col("former").is_null() | (pl.col("told") > pl.col("newest")))
        .filter(pl.struct("key", "told", "value", "status").is_first_distinct())
        .select(versions.columns)
    )
    before = (
        pl.concat([versions.with_columns(row=pl.lit(-1, dtype=pl.Int64)), news])
        .with_columns(
            known=~pl.col("key").is_first_distinct(),
            same=pl.col("value").eq_missing(pl.col("value").shift().over("key"))
            & (pl.col("status") == pl.col("status").shift().over("key")),
        )
        .filter(pl.col("row") >= 0)
    )
    spoken = before.select(
        "row",
        verdict=pl.when(~pl.col("known"))
        .then(NEW)
        .when(pl.col("same").fill_null(value=False))
        .then(SILENT)
        .otherwise(CORRECTED)
        .cast(pl.UInt8),
    )
    settled = disputed.select("row").join(spoken, on="row", how="left", maintain_order="left")
    return settled["verdict"].fill_null(SILENT).to_numpy()


def _is_among(rows: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Which rows' observations are among the others'."""
    marked = others.select(OBSERVATION).unique().with_columns(among=pl.lit(value=True))
    joined = rows.select(OBSERVATION).join(marked, on=OBSERVATION, how="left", nulls_equal=True, maintain_order="left")
    return joined["among"].fill_null(value=False)


def _any_of(kept: dict[str, np.ndarray]) -> np.ndarray:
    """Which rows have a cell that is kept."""
    return np.logical_or.reduce(list(kept.values())) if kept else np.zeros(0, bool)


def _only(rows: pl.DataFrame, kept: dict[str, np.ndarray]) -> pl.DataFrame:
    """The cells that are kept, all others silenced; rows without any left out."""
    columns = frozenset(rows.columns)
    silenced: list[pl.Expr] = []
    for p, flags in kept.items():
        if not flags.all():
            keep = pl.Series(flags)
            silenced.extend(pl.when(keep).then(pl.col(c)).alias(c) for c in (p, status_column(p)) if c in columns)
    return rows.with_columns(silenced).filter(pl.Series(_any_of(kept), dtype=pl.Boolean))


def _without_silent_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Without parameters of which nothing is said and statuses that are all good."""
    columns = [*KEY_COLUMNS, TOLD]
    for p in parameters_of(rows):
        bad = status_column(p) in rows.columns and bool((rows[status_column(p)].fill_null(GOOD) > GOOD).any())
        if bad or rows[p].null_count() < rows.height:
            columns.append(p)
        if bad:
            columns.append(status_column(p))
    return rows.select(columns)

"""Features: declared sums over a piece's observations in windows around an anchor and a target.

Rows are questions ``(piece, anchor_ns, target_ns)``: standing at the anchor, what will the result be at the target?
All rows are worked out at once.

=============  =====================================================================================
take           meaning over the observations in the window
=============  =====================================================================================
``sum``        sum of the values, an interval's value prorated by its share in the window
``integral``   sum of value x hours in the window (a power's energy)
``minutes``    minutes of the intervals in the window
``idle``       the other minutes of the window
``count``      number of observations that reach into the window
``first last mean max``   of the values
``since``      minutes from the end of the latest observation to the end of the window
``until``      minutes from the start of the window to the first observation in it; like ``idle`` only of windows
               that have a start
=============  =====================================================================================
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.packs.declared.windows import Window
from pilothouse.plant.frame import observations

TAKES: Final = ("sum", "integral", "minutes", "idle", "count", "first", "last", "mean", "max", "since", "until")
ROW_COLUMNS: Final = ("piece", "previous_ns", "anchor_ns", "target_ns")

_VALUE = pl.col("value")
_SHARE = pl.col("share")
_LENGTH_NS = pl.col("end_ns") - pl.col("start_ns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One declared feature.

    Parameters
    ----------
    name
        What models and people call it.
    of
        Keys of the parameters it is taken over, together.
    take
        One of :data:`TAKES`.
    over
        The window.
    """

    name: str
    of: tuple[str, ...]
    take: str
    over: Window


def feature_columns(
    rows: pl.DataFrame, frames: Mapping[str, pl.DataFrame], features: Sequence[Feature]
) -> pl.DataFrame:
    """The features of every row, one column each, in the order of the rows.

    Parameters
    ----------
    rows
        Columns ``piece``, ``previous_ns`` (the measurement before the anchor, or null), ``anchor_ns``, ``target_ns``.
    frames
        Observations by unit, as in :mod:`pilothouse.plant.frame`.
    features
        Which.

    Returns
    -------
    polars.DataFrame
        One Float64 column per feature. Sums and counts of nothing are 0; ``since``, ``until`` and ``idle`` of
        nothing are the length of the window; what does not exist is null.

    Examples
    --------
    >>> rows = pl.DataFrame({"piece": ["1"], "previous_ns": [None], "anchor_ns": [0], "target_ns": [NS_PER_H]},
    ...                     schema_overrides={"previous_ns": pl.Int64})
    >>> arc = pl.DataFrame({"piece": ["1"], "start_ns": [0], "end_ns": [2 * NS_PER_H], "known_ns": [2 * NS_PER_H],
    ...                     "origin": ["live"], "power": [3.0]})
    >>> energy = Feature(name="energy", of=("power",), take="integral", over=Window.parse("ahead"))
    >>> feature_columns(rows, {"lf1": arc}, [energy])["energy"].to_list()
    [3.0]
    """
    numbered = rows.select(*ROW_COLUMNS).with_row_index("row")
    groups: dict[tuple[tuple[str, ...], Window], list[Feature]] = {}
    for feature in features:
        groups.setdefault((feature.of, feature.over), []).append(feature)
    met: dict[tuple[str, ...], pl.DataFrame] = {}
    columns = numbered
    for (of, window), members in groups.items():
        if of not in met:
            # The order of observations decides what is first and last, and the last digit of a sum.
            met[of] = numbered.join(_observed(frames, of), on="piece", maintain_order="left_right")
        taken = _taken(met[of], window, members)
        columns = columns.join(taken, on="row", how="left", maintain_order="left")
    return columns.select(pl.col(f.name).fill_null(_of_nothing(f)) for f in features)


def _of_nothing(feature: Feature) -> pl.Expr:
    if feature.take in {"since", "until", "idle"}:
        return feature.over.minutes
    return pl.lit(0.0 if feature.take in {"sum", "integral", "minutes", "count"} else None, dtype=pl.Float64)


def _observed(frames: Mapping[str, pl.DataFrame], of: Iterable[str]) -> pl.DataFrame:
    found = [
        observations(frame, parameter).filter(pl.col("piece").is_not_null())
        for parameter in of
        for _, frame in sorted(frames.items())
        if parameter in frame.columns
    ]
    columns = ("piece", "start_ns", "end_ns", "known_ns", "value")
    if not found:
        return pl.DataFrame(schema={"piece": pl.String, **dict.fromkeys(columns[1:4], pl.Int64), "value": pl.Float64})
    return pl.concat(found).select(columns).sort("start_ns", "end_ns", maintain_order=True)


def _taken(met: pl.DataFrame, window: Window, members: Sequence[Feature]) -> pl.DataFrame:
    inside = met.with_columns(share=window.share).filter(_SHARE > 0)
    return inside.group_by("row", maintain_order=True).agg(
        _expression(member.take, window).cast(pl.Float64).alias(member.name) for member in members
    )


def _expression(take: str, window: Window) -> pl.Expr:
    hours = _SHARE * _LENGTH_NS.cast(pl.Float64) / NS_PER_H
    start = pl.lit(None, dtype=pl.Int64) if window.start is None else window.start
    table = {
        "sum": (_VALUE * _SHARE).sum(),
        "integral": (_VALUE * hours).sum(),
        "minutes": hours.sum() * 60.0,
        "idle": (window.minutes.first() - hours.sum() * 60.0).clip(0.0),
        "count": pl.len(),
        "first": _VALUE.first(),
        "last": _VALUE.last(),
        "mean": _VALUE.mean(),
        "max": _VALUE.max(),
        "since": ((window.end - pl.min_horizontal("end_ns", window.end)) / NS_PER_MIN).min(),
        "until": ((pl.max_horizontal("start_ns", start) - start) / NS_PER_MIN).min(),
    }
    return table[take]

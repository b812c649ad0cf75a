"""Times that are those of a piece: values written once for a whole piece take the time of its other observations."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from pilothouse.connect.files.cells import PieceBounds
from pilothouse.connect.files.mapping import PIECE_TIMES, ImportMapping
from pilothouse.connect.files.pattern import regex_of
from pilothouse.plant.frame import KEY_COLUMNS, parameters_of
from pilothouse.plant.plant import Plant
from pilothouse.ports import Historian


def rests_on_pieces(mapping: ImportMapping) -> bool:
    """Whether a mapping takes any time from what else was observed on a piece."""
    named = [mapping.time, mapping.end, *(t for column in mapping.columns for t in (column.time, column.end))]
    return any(name in PIECE_TIMES for name in named)


def bounds_of(historian: Historian, plant: Plant, but: frozenset[str]) -> PieceBounds:
    """The question for the first start and last end of pieces, asked of all parameters but these.

    Left out are the parameters that take their own time from the piece, or the order of imports would matter.
    """
    parameters = [key for key in plant.parameters if key not in but]

    def bounds(pieces: Sequence[str]) -> pl.DataFrame:
        frames = [pl.DataFrame(schema={name: KEY_COLUMNS[name] for name in ("piece", "start_ns", "end_ns")})]
        for frame in historian.scan(parameters, pieces=pieces).values():
            said = pl.any_horizontal(pl.col(parameters_of(frame)).is_not_null())
            frames.append(frame.filter(said).select("piece", "start_ns", "end_ns"))
        return (
            pl.concat(frames).group_by("piece").agg(first_ns=pl.col("start_ns").min(), last_ns=pl.col("end_ns").max())
        )

    return bounds


def keep_told(historian: Historian, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Frames in which a value that is known of a piece already keeps the time it was told with.

    A piece that goes on moves its end. A total that did not change meanwhile is not told a second time at the new
    end; one that changed is a new observation there.
    """
    return {unit: _kept(historian, frame) for unit, frame in frames.items()}


def _kept(historian: Historian, frame: pl.DataFrame) -> pl.DataFrame:
    keys = parameters_of(frame)
    told = historian.scan(keys, pieces=frame["piece"].drop_nulls().unique().to_list())
    place = frame.with_row_index("at")
    same = [pl.lit(value=True)]
    starts, ends = [], []
    for key in keys:
        last = _last_told(told.values(), key)
        place = place.join(last, on="piece", how="left", maintain_order="left")
        here = pl.col(key).is_not_null()
        same.append(~here | (pl.col(key) == pl.col(key + "#value")).fill_null(value=False))
        starts.append(pl.when(here).then(pl.col(key + "#start")))
        ends.append(pl.when(here).then(pl.col(key + "#end")))
    one_time = (pl.min_horizontal(starts) == pl.max_horizontal(starts)) & (
        pl.min_horizontal(ends) == pl.max_horizontal(ends)
    )
    move = (pl.all_horizontal(same) & one_time).fill_null(value=False)
    return place.with_columns(
        pl.when(move).then(pl.max_horizontal(starts)).otherwise("start_ns").alias("start_ns"),
        pl.when(move).then(pl.max_horizontal(ends)).otherwise("end_ns").alias("end_ns"),
    ).select(frame.columns)


def _last_told(frames: Iterable[pl.DataFrame], key: str) -> pl.DataFrame:
    """``piece`` with what was last told of one parameter, as ``key#value``, ``key#start`` and ``key#end``."""
    names = {key: key + "#value", "start_ns": key + "#start", "end_ns": key + "#end"}
    empty = pl.DataFrame(
        schema={"piece": pl.String, names[key]: pl.Float64, key + "#start": pl.Int64, key + "#end": pl.Int64}
    )
    parts = [
        frame.filter(pl.col(key).is_not_null()).select("piece", pl.col(key), "start_ns", "end_ns").rename(names)
        for frame in frames
        if key in frame.columns
    ]
    return pl.concat([empty, *parts]).sort(key + "#start", maintain_order=True).unique("piece", keep="last")


def own_times(mappings: Sequence[ImportMapping], plant: Plant) -> frozenset[str]:
    """The parameters that take their time from the piece in any mapping."""
    keys: set[str] = set()
    for mapping in mappings:
        by_default = mapping.time in PIECE_TIMES or mapping.end in PIECE_TIMES
        for column in mapping.columns:
            if column.time in PIECE_TIMES or column.end in PIECE_TIMES or (by_default and column.time is None):
                fits = regex_of(column.parameter)
                keys.update(key for key in plant.parameters if fits.fullmatch(key))
        if by_default and mapping.long:
            tags = mapping.long.tags.values()
            keys.update([tag.parameter for tag in tags] or plant.parameters)
    return frozenset(keys)

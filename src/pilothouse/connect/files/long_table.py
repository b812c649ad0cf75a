"""A long table's rows become observations: one value a row, named in a column of its own."""

from collections.abc import Mapping

import polars as pl

from pilothouse.connect.files.bind import Scale, Times, scale_of
from pilothouse.connect.files.cells import ROW, Cells
from pilothouse.connect.files.mapping import LongLayout, TagMapping
from pilothouse.connect.files.observe import KEYS, Observed, is_outside, no_numbers, spoiled, statuses, together
from pilothouse.connect.files.table import nearest
from pilothouse.errors import UnitMismatchError
from pilothouse.plant.frame import BAD, GOOD
from pilothouse.plant.plant import Plant


def observe_long(cells: Cells, long: LongLayout, plant: Plant) -> Observed:
    """The observations of a table that names the parameter of each row."""
    mapping = cells.mapping
    keys = cells.keys(Times(time=mapping.time or "", end=mapping.end, duration=mapping.duration))
    numbers, garbage = cells.numbers([long.value])
    value = numbers[long.value]
    bad = garbage.get(long.value, pl.zeros(len(value), dtype=pl.Boolean, eager=True))
    meaning, scales = _meanings(cells, long, plant)
    others = (
        meaning["reason"].is_not_null() if long.ignore_others else pl.zeros(len(value), dtype=pl.Boolean, eager=True)
    )
    said = (value.is_not_null() | bad) & ~(others & meaning["other"])
    clear = meaning["reason"].is_null()
    rejects = [no_numbers(cells, long.value, bad & said), spoiled(cells, keys, value.is_not_null() & clear)]
    unclear = meaning.with_row_index("at").filter(~clear & said).partition_by("column", maintain_order=True)
    rejects += [cells.rejects(part["at"], str(part["column"][0]), part["reason"]) for part in unclear]
    taken = value.is_not_null() & clear & keys["reason"].is_null()
    status = pl.zeros(len(value), dtype=pl.UInt8, eager=True) + GOOD
    if long.status is not None:
        status, strange = statuses(cells, long.status, taken)
        rejects.append(strange)
    frame = (
        keys.select(ROW, *KEYS)
        .with_columns(meaning["parameter", "factor", "offset"])
        .with_columns(value.alias("value"), status.alias("status"), pl.lit(long.value).alias("header"))
    )
    frame, count = _judged(frame.filter(taken), {scale.parameter.key: scale for scale in scales.values()})
    return Observed(
        long=frame,
        said=pl.DataFrame({ROW: cells.table.frame[ROW], "said": said}),
        rejects=together(rejects),
        out_of_range=count,
    )


def _meanings(cells: Cells, long: LongLayout, plant: Plant) -> tuple[pl.DataFrame, dict[tuple[str, str], Scale]]:
    """For each row ``parameter, factor, offset``, or the ``column`` and ``reason`` why it has no meaning."""
    names = cells.texts(long.name).fill_null("")
    units = cells.texts(long.unit).fill_null("") if long.unit else pl.Series([""]).new_from_index(0, len(names))
    said = pl.DataFrame({"name": names, "unit": units})
    tags = long.tags or {key: TagMapping(parameter=key) for key in plant.parameters}
    rows, scales = [], {}
    for name, unit in said.unique(maintain_order=True).iter_rows():
        row: dict[str, object] = {"name": name, "unit": unit, "other": name not in tags}
        if name not in tags:
            row |= {"column": long.name, "reason": _unknown(name, tags)}
        else:
            try:
                scale = scale_of(plant, tags[name].parameter, unit or tags[name].unit)
            except UnitMismatchError as error:
                row |= {"column": long.unit, "reason": str(error)}
            else:
                scales[name, unit] = scale
                row |= {"parameter": scale.parameter.key, "factor": scale.factor, "offset": scale.offset}
        rows.append(row)
    kinds = {"name": pl.String, "unit": pl.String, "other": pl.Boolean, "parameter": pl.String, "factor": pl.Float64}
    kinds |= {"offset": pl.Float64, "column": pl.String, "reason": pl.String}
    meanings = pl.DataFrame(rows, schema=kinds)
    return said.join(meanings, on=["name", "unit"], how="left", maintain_order="left"), scales


def _unknown(name: str, tags: Mapping[str, TagMapping]) -> str:
    if not name:
        return "no name is given"
    guess = nearest(name, list(tags))
    return f"no parameter is mapped to the name {name!r}" + (f"; the nearest name is {guess!r}" if guess else "")


def _judged(frame: pl.DataFrame, scales: Mapping[str, Scale]) -> tuple[pl.DataFrame, int]:
    """The values in the units of their parameters, and bad where they are not credible."""
    same = (pl.col("factor") == 1.0) & (pl.col("offset") == 0.0)
    scaled = pl.when(same).then(pl.col("value")).otherwise(pl.col("value") * pl.col("factor") + pl.col("offset"))
    frame = frame.with_columns(scaled.alias("value")).drop("factor", "offset")
    outside = pl.Series("outside", [False], dtype=pl.Boolean).new_from_index(0, frame.height)
    for key, scale in scales.items():
        if scale.parameter.low is not None or scale.parameter.high is not None:
            outside |= frame.select((pl.col("parameter") == key) & is_outside(pl.col("value"), scale)).to_series()
    status = pl.when(outside).then(pl.lit(BAD, dtype=pl.UInt8)).otherwise(pl.col("status"))
    return frame.with_columns(status.alias("status")), int(outside.sum())

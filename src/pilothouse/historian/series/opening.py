"""What is newest, rebuilt when a store is opened: what was kept at the last sealing, then the journal."""

from collections.abc import Mapping

import polars as pl

from pilothouse.historian.series.catalogue import Catalogue
from pilothouse.historian.series.column import Column, Kept, conversion, names_of, sources
from pilothouse.historian.series.database import Database
from pilothouse.historian.series.fold import fold, only_said
from pilothouse.historian.series.journal import Journal
from pilothouse.historian.series.newest import Newest
from pilothouse.plant.frame import GOOD, status_column


def rebuilt(
    newest: Newest, columns: Mapping[str, Column], database: Database, journal: Journal, catalogue: Catalogue
) -> Newest:
    """The newest of every present parameter, under its present key and in its present unit."""
    owner = {name: key for key in newest.keys for name in names_of(key, columns[key])}
    with database.guarded():
        kept = database.connection.execute(
            "SELECT key, unit, kind, source_ns, known_ns, value, status FROM newest ORDER BY source_ns"
        ).fetchall()
    for name, unit, kind, source_ns, known_ns, value, status in kept:
        key = owner.get(name)
        if key is not None:
            scale, offset = conversion(Kept(key=name, unit=unit, kind=kind), key, columns[key])
            told = None if value is None else scale * value + offset
            newest.set(key, (source_ns, known_ns, told, status))
    for entries in journal.entries.values():
        numbers = sorted({entry.layout for entry in entries})
        for number in numbers:
            layout = catalogue.layouts[number]
            here = {owner[name]: at for name, at in layout.at.items() if name in owner}
            here = {key: at for key, at in here.items() if sources(key, columns[key], layout) == [at]}
            if not here:
                continue
            parts = journal.tellings([e for e in entries if e.layout == number], {number: sorted(here.values())})
            for key, at in here.items():
                name = layout.columns[at].key
                _take(newest, key, columns[key], layout.columns[at], [p.rows for p in parts if name in p.rows.columns])
    return newest


def _take(newest: Newest, key: str, column: Column, kept: Kept, parts: list[pl.DataFrame]) -> None:
    """Take in the newest that the journal says of one parameter."""
    scale, offset = conversion(kept, key, column)
    status = status_column(kept.key)
    told = []
    for part in parts:
        said = only_said(part.select("time_ns", "known_ns", *(c for c in (kept.key, status) if c in part.columns)))
        if said.height:
            told.append(said.filter(pl.col("time_ns") == pl.col("time_ns").max()))
    if not told:
        return
    row = fold(told).tail(1)
    at_ns = int(row["time_ns"][0])
    if at_ns < newest.source_ns[newest.at[key]]:
        return
    value = row[kept.key][0]
    stands = row[status][0] if status in row.columns else GOOD
    told_value = None if value is None else scale * value + offset
    newest.set(key, (at_ns, int(row["known_ns"][0]), told_value, GOOD if stands is None else stands))

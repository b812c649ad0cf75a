"""Import of who came of whom: the rows of a genealogy's files become origins, known when the plant knew them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import polars as pl

from pilothouse.connect.files.circle import closing
from pilothouse.connect.files.find import find_files
from pilothouse.connect.files.genealogy import DECLARED, GenealogyMapping
from pilothouse.connect.files.instant import to_instants
from pilothouse.connect.files.join import key_text
from pilothouse.connect.files.number import to_numbers, to_text
from pilothouse.connect.files.read import Reading, read_table, require
from pilothouse.connect.files.rejects import write_rejects
from pilothouse.connect.files.report import GenealogyReport
from pilothouse.connect.files.table import FILE, LINE, REJECTS, Table, as_rejects, no_rejects
from pilothouse.errors import PilothouseError, about
from pilothouse.plant.lineage import ORIGIN_COLUMNS
from pilothouse.plant.plant import Plant
from pilothouse.ports import Historian
from pilothouse.units import scale_and_offset

_ROWS: Final = {FILE: pl.String, LINE: pl.Int64, "text": pl.String, **ORIGIN_COLUMNS}
"""Rows that could be understood, ``known_ns`` null where it is that of the child; ``text`` is the parent's cell."""


@dataclass(slots=True, kw_only=True)
class GenealogyRun:
    """The import of one genealogy: first all its files, then one writing.

    Parameters
    ----------
    mapping
        How its files are understood.
    plant
        Its words.
    tell
        Told how many steps of how many are done; begins with 0.
    """

    mapping: GenealogyMapping
    plant: Plant
    tell: Callable[[int, int], None] = field(default=lambda _done, _total: None)
    tables: list[Table] = field(default_factory=list)
    failures: list[PilothouseError] = field(default_factory=list)
    _rows: list[pl.DataFrame] = field(default_factory=list)
    _rejects: list[pl.DataFrame] = field(default_factory=list)
    _steps: int = 2

    def read(self, source: Path) -> None:
        """Read and understand every file; one that cannot be used is a failure and the others go on."""
        self.tell(0, self._steps)
        try:
            with about(mapping=self.mapping.key):
                paths = find_files(source, self.mapping.files, DECLARED)
        except PilothouseError as error:
            self.failures.append(error)
            return
        self._steps = len(paths) + 1
        for done, path in enumerate(paths, start=1):
            try:
                with about(mapping=self.mapping.key):
                    self._read_one(path)
            except PilothouseError as error:
                self.failures.append(error)
            self.tell(done, self._steps)

    def write(self, historian: Historian, folder: Path) -> GenealogyReport:
        """Write what was understood, and what was not into its reject file."""
        read = pl.concat(self._rows)
        told, circles = _without_circles(read, historian.genealogy())
        told = _with_known(told, self.mapping, lambda pieces: first_known(historian, self.plant, pieces))
        waiting = int(told["known_ns"].null_count())
        origins = told.filter(pl.col("known_ns").is_not_null()).select(list(ORIGIN_COLUMNS))
        once = origins.unique(["child", "parent", "start_m", "end_m"], keep="first", maintain_order=True)
        written = historian.write_genealogy(once)
        rejects = pl.concat([*(table.rejects for table in self.tables), *self._rejects, circles])
        rows = sum(table.rows for table in self.tables)
        uncut = rows - sum(table.frame.height for table in self.tables)
        rejected = uncut + sum(part.height for part in self._rejects) + circles.height
        self.tell(self._steps, self._steps)
        return GenealogyReport(
            mapping=self.mapping.key,
            files=tuple(table.file for table in self.tables),
            rows=rows,
            rows_empty=rows - rejected - told.height,
            rows_rejected=rejected,
            rows_waiting=waiting,
            new=written.new,
            unchanged=written.unchanged + origins.height - once.height,
            corrected=written.corrected,
            reject_file=write_rejects(folder, self.mapping.key, rejects),
            notes=tuple(dict.fromkeys([*(note for table in self.tables for note in table.notes), *_waits(waiting)])),
        )

    def _read_one(self, path: Path) -> None:
        mapping = self.mapping
        reading = Reading(sheet=mapping.sheet, delimiter=mapping.delimiter, encoding=mapping.encoding)
        table = read_table(path, mapping.expected, reading)
        require(table.headers, mapping.expected, mapping=mapping.key, file=table.file, declared=DECLARED)
        rows, rejects = understood(table, mapping)
        self.tables.append(table)
        self._rows.append(rows)
        self._rejects.append(rejects)


def understood(table: Table, mapping: GenealogyMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a file that can be origins, and the rejects of those that cannot.

    Rows in which nothing is said are neither.

    Returns
    -------
    tuple
        File, line, the parent's cell, and the columns of :mod:`pilothouse.plant.lineage` with ``known_ns`` null where
        no column names it; and rejects.
    """
    frame = table.frame
    child, parent = key_text(frame[mapping.child]), key_text(frame[mapping.parent])
    numbers, garbage = to_numbers(frame, [mapping.start, mapping.end], missing=mapping.missing, decimal=mapping.decimal)
    factor, _ = scale_and_offset("length", mapping.unit, "m")
    start, end = (numbers[header] * factor for header in (mapping.start, mapping.end))
    known, of_known = _known(table, mapping)
    problems = [
        (mapping.child, _where(child.is_null(), "no child is named")),
        (mapping.parent, _where(parent.is_null(), "no parent is named")),
        (mapping.parent, _where(child == parent, "a piece is not made of itself")),
        *((header, _where(bad, "expected a finite number")) for header, bad in garbage.items()),
        (mapping.start, _where(start.is_null(), "the range has no start")),
        (mapping.end, _where(end.is_null(), "the range has no end")),
        (mapping.end, _where(~(start < end), "the range does not end behind its start")),
        *of_known,
    ]
    cells = {header: to_text(frame[header], mapping.missing) for header, _ in problems}
    filled = (one.is_not_null() for one in (child, parent, start, end))
    says = pl.select(pl.any_horizontal(*filled, *garbage.values())).to_series()
    reason = pl.select(pl.coalesce([r for _, r in problems])).to_series()
    rows = pl.DataFrame([frame[FILE], frame[LINE], cells[mapping.parent].fill_null("").alias("text")]).with_columns(
        child=child, parent=parent, start_m=start, end_m=end, known_ns=known
    )
    rejects = _first(frame, problems, cells).filter(says & reason.is_not_null())
    return rows.filter(says & reason.is_null()).cast(pl.Schema(_ROWS)), as_rejects(rejects)


def first_known(historian: Historian, plant: Plant, pieces: Sequence[str]) -> pl.DataFrame:
    """``piece, first_ns``: when the plant first knew anything of pieces; without those of which it knows nothing."""
    units: dict[str, list[str]] = {}
    for key, parameter in plant.parameters.items():
        units.setdefault(parameter.equipment, []).append(key)
    found = [pl.DataFrame(schema={"piece": pl.String, "first_ns": pl.Int64})]
    for keys in units.values():  # one after the other, for only their times are wanted
        frames = historian.scan(keys, pieces=pieces).values()
        found += [frame.group_by("piece").agg(first_ns=pl.col("known_ns").min()) for frame in frames]
    return pl.concat(found).group_by("piece").agg(pl.col("first_ns").min())


def _known(table: Table, mapping: GenealogyMapping) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """When each row was known by its own column, and the problems of cells that hold no instant."""
    header = mapping.known.column
    if header is None:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, table.frame.height), []
    instants, reasons = to_instants(
        table.frame[header], time_format=mapping.time_format, time_zone=mapping.time_zone, missing=mapping.missing
    )
    nothing = _where(instants.is_null(), "no instant when it became known is given")
    return instants, [(header, reasons), (header, nothing)]


def _with_known(
    told: pl.DataFrame, mapping: GenealogyMapping, first: Callable[[Sequence[str]], pl.DataFrame]
) -> pl.DataFrame:
    """Rows without an instant of their own get that at which their child was first known.

    Of a child that nobody observed, what was made of it tells: it cannot have come later. Null where that does not help
    either.
    """
    if mapping.known.column is not None or told.is_empty():
        return told
    seen = first(pl.concat([told["child"], told["parent"]]).unique().sort().to_list())
    known = dict(seen.iter_rows())
    made: dict[str, list[str]] = {}
    for child, parent in told.select("child", "parent").unique(maintain_order=True).iter_rows():
        made.setdefault(parent, []).append(child)
    below = TopologicalSorter({piece: made.get(piece, []) for piece in [*made, *told["child"].unique().sort()]})
    for piece in below.static_order():  # children first
        instants = [known[child] for child in made.get(piece, []) if child in known]
        if piece not in known and instants:
            known[piece] = min(instants)
    delay_ns = mapping.known.delay_ns
    at = {piece: known_ns + delay_ns for piece, known_ns in known.items()}
    return told.with_columns(pl.col("child").replace_strict(at, default=None, return_dtype=pl.Int64).alias("known_ns"))


def _without_circles(told: pl.DataFrame, stored: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without those that would make a piece its own ancestor, and the rejects of these.

    The rows count in their order, behind what is stored of other children: a row that closes a circle is rejected.
    """
    others = stored.filter(~pl.col("child").is_in(told["child"].unique().implode()))
    before, pairs = (list(rows.select("child", "parent").iter_rows()) for rows in (others, told))
    reasons = closing(pairs, before)
    marked = told.with_columns(pl.Series("reason", reasons, dtype=pl.String))
    rejects = marked.filter(pl.col("reason").is_not_null()).select(
        pl.col(FILE).alias("file"), pl.col(LINE).alias("line"), pl.lit("").alias("column"), "reason", "text"
    )
    return marked.filter(pl.col("reason").is_null()).drop("reason"), as_rejects(rejects)


def _first(
    frame: pl.DataFrame, problems: Sequence[tuple[str, pl.Series]], cells: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """Of each row the first problem as a reject; its reason is null where there is none."""
    if frame.is_empty():
        return no_rejects()
    columns = [pl.when(reason.is_not_null()).then(pl.lit(header)) for header, reason in problems]
    texts = [pl.when(reason.is_not_null()).then(cells[header].fill_null("")) for header, reason in problems]
    return pl.select(
        frame[FILE].alias("file"),
        frame[LINE].alias("line"),
        pl.coalesce(columns).alias("column"),
        pl.coalesce([reason for _, reason in problems]).alias("reason"),
        pl.coalesce(texts).alias("text"),
    ).select(list(REJECTS))


def _where(condition: pl.Series, reason: str) -> pl.Series:
    """The reason where the condition holds, else null."""
    return pl.select(pl.when(condition).then(pl.lit(reason)).otherwise(None)).to_series().cast(pl.String)


def _waits(rows: int) -> list[str]:
    if not rows:
        return []
    return [
        f"rows that wait: {rows}. Nothing was observed yet on their children; import again when it was, or name known"
    ]

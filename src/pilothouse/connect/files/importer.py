"""Import of a folder of files: each mapping's files are read, understood and written to the historian in one go.

A crash between two mappings is healed by importing again, for the historian takes the same observation only once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import polars as pl

from pilothouse.connect.files.bind import bind, required
from pilothouse.connect.files.cells import ROW, Cells, PieceBounds
from pilothouse.connect.files.find import find_files
from pilothouse.connect.files.gather import gather
from pilothouse.connect.files.genealogy import GenealogyMapping
from pilothouse.connect.files.join import join_tables
from pilothouse.connect.files.long_table import observe_long
from pilothouse.connect.files.mapping import ImportMapping
from pilothouse.connect.files.observe import Observed, observe_wide
from pilothouse.connect.files.origins import GenealogyRun
from pilothouse.connect.files.pattern import Expected
from pilothouse.connect.files.piece_time import bounds_of, keep_told, own_times, rests_on_pieces
from pilothouse.connect.files.read import Reading, read_table, require
from pilothouse.connect.files.rejects import write_rejects
from pilothouse.connect.files.report import GenealogyReport, ImportReport, MappingReport
from pilothouse.connect.files.table import FILE, LINE, REJECTS, Table
from pilothouse.errors import PilothouseError, SourceError, about
from pilothouse.plant.plant import Plant
from pilothouse.ports import Historian


class Progress(Protocol):
    """Told after each file that is read and after each writing."""

    def __call__(self, mapping: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of this mapping are done; begins with 0."""
        ...


def import_folder(  # noqa: PLR0913 - from where, what, whereto, and who watches
    source: Path,
    mappings: Sequence[ImportMapping],
    plant: Plant,
    historian: Historian,
    *,
    rejects: Path,
    received_ns: int,
    progress: Progress | None = None,
    genealogies: Sequence[GenealogyMapping] = (),
) -> ImportReport:
    """Import the files of a folder by their mappings.

    A file that cannot be read is a failure in the report, and all else is imported. What takes times from the pieces
    comes last, mappings before genealogies, and waits for another import if one it rests on failed.

    Parameters
    ----------
    source
        The folder that holds the files.
    mappings
        As :func:`~pilothouse.connect.files.declared.read_mappings` gives them.
    plant
        Its words.
    historian
        Where observations go.
    rejects
        Folder of the reject files, one for each mapping.
    received_ns
        Now, ns since 1970 UTC.
    progress
        Who is told how far it is.
    genealogies
        As :func:`~pilothouse.connect.files.genealogy.read_genealogies` gives them.

    Raises
    ------
    SourceError
        If there is no such folder.
    StoreError
        If the historian or a reject file cannot be written.
    """
    if not source.is_dir():
        raise SourceError(f"{source} is no folder", hint="give the folder that holds the files to import")
    bounds = bounds_of(historian, plant, own_times(mappings, plant))
    reports: dict[str, MappingReport] = {}
    failures: list[PilothouseError] = []
    for mapping in sorted(mappings, key=rests_on_pieces):
        if rests_on_pieces(mapping) and failures:
            failures.append(_waits(mapping.key, failures))
            continue
        run = _Run(mapping=mapping, plant=plant, bounds=bounds, progress=progress)
        run.read(source)
        failures += run.failures
        if run.tables:
            reports[mapping.key] = run.write(historian, rejects, received_ns)
    runs = [GenealogyRun(mapping=one, plant=plant, tell=_teller(progress, one.key)) for one in genealogies]
    origins = _descents(runs, source, historian, rejects, failures)
    return ImportReport(
        source=source,
        received_ns=received_ns,
        mappings=tuple(reports[mapping.key] for mapping in mappings if mapping.key in reports),
        failures=tuple(failures),
        genealogies=origins,
    )


@dataclass(slots=True, kw_only=True)
class _Run:
    """The import of one mapping: first all its files, then one writing."""

    mapping: ImportMapping
    plant: Plant
    bounds: PieceBounds
    progress: Progress | None
    tables: list[Table] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[PilothouseError] = field(default_factory=list)
    steps: int = 2

    def read(self, source: Path) -> None:
        """Read and understand every file; one that cannot be used is a failure and the others go on."""
        self._tell(0)
        try:
            with about(mapping=self.mapping.key):
                paths = find_files(source, self.mapping.files)
                joined = [self._joined(source, number) for number in range(len(self.mapping.joins))]
        except PilothouseError as error:
            self.failures.append(error)
            return
        self.steps = len(paths) + 1
        for done, path in enumerate(paths, start=1):
            try:
                with about(mapping=self.mapping.key):
                    self._read_one(path, joined)
            except PilothouseError as error:
                self.failures.append(error)
            self._tell(done)

    def write(self, historian: Historian, rejects: Path, received_ns: int) -> MappingReport:
        """Write what was understood, and what was not."""
        frames, contradictions = gather(self.observed, self.plant)
        if rests_on_pieces(self.mapping):
            frames = keep_told(historian, frames)
        told = pl.concat([*(one.rejects for one in self.observed), self._contradicted(contradictions)])
        written = [historian.write(unit, frame) for unit, frame in frames.items()]
        all_rejects = pl.concat([*(table.rejects for table in self.tables), told.select(list(REJECTS))])
        all_rejects = all_rejects.unique(maintain_order=True)  # a joined file is read once for each file it joins
        reject_file = write_rejects(rejects, self.mapping.key, all_rejects)
        self._tell(self.steps)
        said, kept = self._rows(contradictions)
        uncut = sum(table.rows - table.frame.height for table in self.tables)
        rows = sum(table.rows for table in self.tables)
        return MappingReport(
            mapping=self.mapping.key,
            files=tuple(table.file for table in self.tables),
            rows=rows,
            rows_empty=rows - uncut - said,
            rows_rejected=uncut + said - kept,
            rejects=all_rejects.height,
            values_out_of_range=sum(one.out_of_range for one in self.observed),
            new=sum(one.new for one in written),
            unchanged=sum(one.unchanged for one in written),
            corrected=sum(one.corrected for one in written),
            reject_file=reject_file,
            notes=tuple(dict.fromkeys([*self.notes, *_future(frames, received_ns)])),
        )

    def _joined(self, source: Path, number: int) -> list[Table]:
        """The files of one join; their headers count with its suffix."""
        join = self.mapping.joins[number]
        bare = [name.removesuffix(join.suffix) for name in self.mapping.expected.written if name.endswith(join.suffix)]
        expected = Expected.of([*join.on, *bare])
        tables = [read_table(path, expected, self._reading()) for path in find_files(source, join.files)]
        for table in tables:
            require(table.headers, Expected.of(join.on), mapping=self.mapping.key, file=table.file)
        return tables

    def _read_one(self, path: Path, joined: Sequence[Sequence[Table]]) -> None:
        mapping = self.mapping
        keys = [key for join in mapping.joins for key in join.on]
        table = read_table(path, Expected.of([*mapping.expected.written, *keys]), self._reading())
        require(table.headers, Expected.of(keys), mapping=mapping.key, file=table.file)
        for number, (join, others) in enumerate(zip(mapping.joins, joined, strict=True), start=1):
            table = join_tables(table, others, join, number)
        bound, notes = bind(mapping, table.headers, self.plant)
        require(table.headers, required(mapping, bound), mapping=mapping.key, file=table.file)
        first = sum(other.frame.height for other in self.tables)
        table = replace(table, frame=table.frame.with_row_index(ROW, offset=first))
        cells = Cells(table=table, mapping=mapping, bounds=self.bounds)
        long = mapping.long
        self.observed.append(observe_long(cells, long, self.plant) if long else observe_wide(cells, bound))
        self.tables.append(table)
        self.notes += [*table.notes, *(f"{table.file}: {note}" for note in notes)]

    def _reading(self) -> Reading:
        mapping = self.mapping
        return Reading(sheet=mapping.sheet, delimiter=mapping.delimiter, encoding=mapping.encoding)

    def _rows(self, contradictions: pl.DataFrame) -> tuple[int, int]:
        """How many rows say something, and of how many at least one value is kept."""
        said = pl.concat([one.said for one in self.observed])
        values = pl.concat([_values_by_row(one) for one in self.observed])
        lost = contradictions.group_by(ROW).agg(lost=pl.len())
        left = values.group_by(ROW).agg(pl.col("count").sum()).join(lost, on=ROW, how="left")
        kept = left.filter(pl.col("count") > pl.col("lost").fill_null(0))
        return int(said["said"].sum()), kept.height

    def _contradicted(self, contradictions: pl.DataFrame) -> pl.DataFrame:
        """The rejects of values that an earlier row gave otherwise."""
        schema = pl.Schema({ROW: pl.UInt32, **REJECTS})
        if contradictions.is_empty():
            return pl.DataFrame(schema=schema)
        places = pl.concat([table.frame.select(ROW, FILE, LINE) for table in self.tables])
        earlier = places.select(pl.col(ROW).alias("first_row"), first_file=FILE, first_line=LINE)
        found = contradictions.join(places, on=ROW).join(earlier, on="first_row").sort(ROW, maintain_order=True)
        units = {key: parameter.unit for key, parameter in self.plant.parameters.items()}
        reason = pl.format(
            "contradicts line {} of {}, which says {} {} for the same piece, time and {}; the earlier row counts",
            "first_line", "first_file", "first", pl.col("parameter").replace(units), "parameter",
        )  # fmt: skip
        where = (pl.col(FILE).alias("file"), pl.col(LINE).alias("line"), pl.col("header").alias("column"))
        return found.select(ROW, *where, reason.alias("reason"), self._texts(found).alias("text")).cast(schema)

    def _texts(self, found: pl.DataFrame) -> pl.Series:
        """What is written in these cells."""
        cells = {}
        for header in found["header"].unique():
            rows = pl.concat(
                [t.frame.select(ROW, pl.col(header).cast(pl.String)) for t in self.tables if header in t.frame.columns]
            )
            cells[header] = dict(rows.filter(pl.col(ROW).is_in(found[ROW].implode())).iter_rows())
        return pl.Series(
            [cells[header][row] for row, header in found.select(ROW, "header").iter_rows()], dtype=pl.String
        )

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(self.mapping.key, done, self.steps)


def _values_by_row(observed: Observed) -> pl.DataFrame:
    """How many values each row gave."""
    parts = [] if observed.long is None else [observed.long.group_by(ROW).agg(count=pl.len())]
    for frame, headers in zip(observed.wide, observed.headers, strict=True):
        count = pl.sum_horizontal(pl.col(list(headers)).is_not_null())
        parts.append(frame.select(ROW, count=count.cast(pl.UInt32)))
    return pl.concat(parts) if parts else pl.DataFrame(schema={ROW: pl.UInt32, "count": pl.UInt32})


def _future(frames: dict[str, pl.DataFrame], received_ns: int) -> list[str]:
    """Times still to come are kept, but a wrong zone or a wrong clock shows here first."""
    late = sum(int((frame["start_ns"] > received_ns).sum()) for frame in frames.values())
    return [f"{late} observations lie in the future of this import; see whether the time zone is right"] if late else []


def _descents(
    runs: Sequence[GenealogyRun], source: Path, historian: Historian, rejects: Path, failures: list[PilothouseError]
) -> tuple[GenealogyReport, ...]:
    """Import who came of whom, and add to the failures what could not be read."""
    reports = []
    for run in runs:
        if run.mapping.known.column is None and failures:
            failures.append(_waits(run.mapping.key, failures))
            continue
        run.read(source)
        failures += run.failures
        if run.tables:
            reports.append(run.write(historian, rejects))
    return tuple(reports)


def _teller(progress: Progress | None, mapping: str) -> Callable[[int, int], None]:
    """Tells how far a mapping is."""

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(mapping, done, total)

    return tell


def _waits(mapping: str, failures: Sequence[PilothouseError]) -> SourceError:
    keys = ", ".join(dict.fromkeys(error.context.get("mapping", "?") for error in failures))
    return SourceError(
        f"not imported: its times are those of the pieces, and these imports failed: {keys}",
        hint="mend those and import again",
        mapping=mapping,
    )

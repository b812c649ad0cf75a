"""The catalogue: which segments there are, and the layouts they were written in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from pilothouse.clock import NS_PER_DAY
from pilothouse.historian.series.column import Column, Kept, Layout, layouts_due
from pilothouse.historian.series.database import Database
from pilothouse.historian.series.segment import Segment

_FIELDS: Final = (
    "number, kind, place, layout, start_ns, end_ns, first_ns, last_ns, rows, count, facts, file, bytes, digest"
)


class Catalogue:
    """Segments and layouts of a database.

    Parameters
    ----------
    database
        Whose.
    root
        The store's folder.
    """

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root
        self.layouts: dict[int, Layout] = {}
        self.present: dict[str, Layout] = {}
        self.names: dict[int, Kept] = {}
        self.places: dict[str, set[str]] = {}
        self._numbers: dict[Kept, int] = {}
        self._by_key: dict[str, list[int]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take in layouts that were added."""
        with self._database.guarded():
            rows = self._database.connection.execute(
                "SELECT number, place, columns FROM layouts WHERE number > ? ORDER BY number",
                (max(self.layouts, default=0),),
            ).fetchall()
            names = self._database.connection.execute(
                "SELECT number, key, unit, kind FROM names WHERE number > ? ORDER BY number", (len(self.names),)
            ).fetchall()
        for number, place, text in rows:
            self._take(Layout.parse(number, place, text))
        for number, key, unit, kind in names:
            self._name(number, Kept(key=key, unit=unit, kind=kind))

    def declare(self, columns: Mapping[str, Column]) -> None:
        """Add a layout for each place whose columns are others than before."""
        due = layouts_due(columns, self.present)
        if due:
            with self._database.transaction():
                for place, kept in due.items():
                    layout = Layout(number=max(self.layouts, default=0) + 1, place=place, columns=kept)
                    self._database.connection.execute(
                        "INSERT INTO layouts (number, place, columns) VALUES (?, ?, ?)",
                        (layout.number, place, layout.text()),
                    )
                    self._take(layout)
                    self.numbers(layout)

    def numbers(self, layout: Layout) -> list[int]:
        """The number of each column of a layout by its key, unit and kind, made inside a transaction where new."""
        for column in layout.columns:
            if column not in self._numbers:
                number = len(self.names) + 1
                self._database.connection.execute(
                    "INSERT INTO names (number, key, unit, kind) VALUES (?, ?, ?, ?)",
                    (number, column.key, column.unit, column.kind),
                )
                self._name(number, column)
        return [self._numbers[column] for column in layout.columns]

    def named(self, names: Sequence[str]) -> list[tuple[int, Kept]]:
        """The numbers of all columns that had one of these keys."""
        return [(number, self.names[number]) for name in names for number in self._by_key.get(name, ())]

    def layouts_of(self, place: str, names: Iterable[str]) -> list[Layout]:
        """The layouts of a place that have one of these keys."""
        asked = tuple(names)
        return [x for x in self.layouts.values() if x.place == place and any(name in x.at for name in asked)]

    def segments(self, kind: str, place: str, start_ns: int, end_ns: int) -> list[Segment]:
        """Segments that may hold something of [start, end), as they were sealed; the index finds them by day."""
        question = (
            f"SELECT {_FIELDS} FROM segments WHERE gone = 0 AND kind = ? AND place = ? "  # noqa: S608
            "AND start_ns > ? AND start_ns < ? AND last_ns >= ? AND first_ns < ? ORDER BY number"
        )
        with self._database.guarded():
            least = max(start_ns - NS_PER_DAY, -(2**63))
            rows = self._database.connection.execute(question, (kind, place, least, end_ns, start_ns, end_ns))
            return [_segment(row) for row in rows]

    def of_span(self, kind: str, place: str, start_ns: int, end_ns: int) -> list[Segment]:
        """Segments that belong to hours or days inside a span, as they were sealed."""
        question = (
            f"SELECT {_FIELDS} FROM segments WHERE gone = 0 AND kind = ? AND place = ? "  # noqa: S608
            "AND start_ns >= ? AND start_ns < ? AND end_ns <= ? ORDER BY number"
        )
        with self._database.guarded():
            rows = self._database.connection.execute(question, (kind, place, start_ns, end_ns, end_ns))
            return [_segment(row) for row in rows]

    def all(self, kind: str | None = None, *, before_ns: int | None = None) -> list[Segment]:
        """All segments in use, as they were sealed; of a kind, and of spans that ended by an instant."""
        question = f"SELECT {_FIELDS} FROM segments WHERE gone = 0"  # noqa: S608
        given: list[object] = []
        if kind is not None:
            question, given = question + " AND kind = ?", [*given, kind]
        if before_ns is not None:
            question, given = question + " AND end_ns <= ?", [*given, before_ns]
        with self._database.guarded():
            return [_segment(row) for row in self._database.connection.execute(question + " ORDER BY number", given)]

    def next_number(self) -> int:
        """The number of the segment to be sealed next; numbers are not used again."""
        with self._database.guarded():
            (highest,) = self._database.connection.execute("SELECT max(number) FROM segments").fetchone()
            return max(highest or 0, self._database.count("segment")) + 1

    def add(self, segment: Segment) -> None:
        """Take in a sealed segment, inside a transaction."""
        values = [getattr(segment, field) for field in _FIELDS.split(", ")]
        marks = ", ".join("?" * len(values))
        self._database.connection.execute(f"INSERT INTO segments ({_FIELDS}) VALUES ({marks})", values)  # noqa: S608
        self._database.connection.execute(
            "INSERT OR REPLACE INTO counts (name, value) VALUES ('segment', ?)", (segment.number,)
        )

    def let_go(self, segments: Sequence[Segment]) -> None:
        """Take segments out of use, inside a transaction; their files go with :meth:`sweep`."""
        self._database.connection.executemany(
            "UPDATE segments SET gone = 1 WHERE number = ?", [(segment.number,) for segment in segments]
        )

    def sweep(self) -> None:
        """Delete the files of segments that are out of use."""
        with self._database.guarded():
            rows = self._database.connection.execute("SELECT number, file FROM segments WHERE gone = 1").fetchall()
        for _, file in rows:
            (self._root / file).unlink(missing_ok=True)
        if rows:
            with self._database.transaction() as connection:
                connection.executemany("DELETE FROM segments WHERE number = ?", [(number,) for number, _ in rows])

    def clear_leftovers(self) -> list[str]:
        """Delete drafts, and files a crash left that are in no catalogue; tell of those that nothing else holds.

        A file that is not in the catalogue and whose span is held by the journal or by other segments was sealed by a
        process that died before it could say so: its values are where they were. Any other is set aside by name, for
        it may come from a journal that was restored from an older backup.
        """
        for draft in self._root.glob("*/**/*.tmp"):
            draft.unlink()
        known = {segment.file for segment in self.all()}
        told = []
        for path in sorted(self._root.glob("*/**/*.parquet")):
            name = path.relative_to(self._root).as_posix()
            if name in known:
                continue
            if self._is_held(path):
                path.unlink()
            else:
                path.rename(path.with_suffix(".orphan"))
                told.append(f"{name} is in no catalogue, and was set aside as .orphan")
        return told

    def _is_held(self, path: Path) -> bool:
        said = json.loads(pl.read_parquet_metadata(path)["pilothouse.series"])
        kind, place, start_ns, end_ns = said["kind"], said["place"], said["start_ns"], said["end_ns"]
        with self._database.guarded():
            (frames,) = self._database.connection.execute(
                "SELECT count(*) FROM frames WHERE first_ns >= ? AND last_ns < ?", (start_ns, end_ns)
            ).fetchone()
            (others,) = self._database.connection.execute(
                "SELECT count(*) FROM segments WHERE gone = 0 AND kind = ? AND place = ? AND start_ns >= ? "
                "AND end_ns <= ?",
                (kind, place, start_ns, end_ns),
            ).fetchone()
        return bool(frames or others)

    def _name(self, number: int, column: Kept) -> None:
        self.names[number] = column
        self._numbers[column] = number
        self._by_key.setdefault(column.key, []).append(number)

    def _take(self, layout: Layout) -> None:
        self.layouts[layout.number] = layout
        self.present[layout.place] = layout
        for key in layout.at:
            self.places.setdefault(key, set()).add(layout.place)


def _segment(row: Sequence[object]) -> Segment:
    fields = _FIELDS.split(", ")
    return Segment(**dict(zip(fields, row, strict=True)))  # type: ignore[arg-type]

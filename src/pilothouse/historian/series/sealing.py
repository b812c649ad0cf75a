"""Sealing: full hours leave the journal for segments, days are put together, old ones are let go.

Each step first writes its files, then changes the catalogue and the journal in one transaction, then deletes what is
out of use. A crash in between leaves either files that are in no catalogue, or entries that are out of use; both are
cleared at the next opening. Nothing is in two places, nothing in none.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.historian.series.catalogue import Catalogue
from pilothouse.historian.series.database import Database
from pilothouse.historian.series.fold import fold, is_plain, only_said
from pilothouse.historian.series.journal import Entry, Journal
from pilothouse.historian.series.minutes import put_together, rolled_up, widened
from pilothouse.historian.series.newest import NEVER, Newest
from pilothouse.historian.series.segment import (
    KEYS,
    Reader,
    Segment,
    as_kept,
    file_name,
    restored,
    seal,
    time_range,
)
from pilothouse.plant.frame import parameters_of, status_column

MANY_LATE: Final = 100_000
"""So many late values are sealed at once; fewer wait for company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """What was done: hours sealed, days put together, segments let go."""

    hours: int = 0
    days: int = 0
    retired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Seals a store's hours.

    Parameters
    ----------
    root
        The store's folder.
    database, catalogue, journal, reader
        Of the store.
    newest
        Gives what is newest now, to be kept with what is sealed.
    guard
        Held while the database is used.
    """

    root: Path
    database: Database
    catalogue: Catalogue
    journal: Journal
    reader: Reader
    newest: Callable[[], Newest]
    guard: threading.RLock

    def seal_hours(self, until_ns: int, *, late_too: bool = False) -> int:
        """Seal all hours that ended by an instant; how many.

        Late values wait for the next hour that is sealed anyway, so that each does not make a file of its own.
        """
        with self.guard:
            due: dict[int, list[Entry]] = {}
            for entries in self.journal.entries.values():
                for entry in entries:
                    if (entry.hour + 1) * NS_PER_H <= until_ns:
                        due.setdefault(entry.hour, []).append(entry)
            late = all(hour <= self.database.count("sealed_hour", NEVER) for hour in due)
            if not due or (
                late and not late_too and sum(e.count for entries in due.values() for e in entries) < MANY_LATE
            ):
                return 0
        for hour in sorted(due):
            self._seal_hour(hour, due[hour])
        return len(due)

    def compact_days(self, until_ns: int) -> int:
        """Put the segments of each day that ended by an instant together to one; how many days."""
        days: dict[tuple[str, str, int, int], list[Segment]] = {}
        for segment in self._uncompacted(until_ns):
            day_ns = segment.start_ns // NS_PER_DAY * NS_PER_DAY
            days.setdefault((segment.kind, segment.place, segment.layout, day_ns), []).append(segment)
        done = set()
        for (kind, place, layout, day_ns), segments in sorted(days.items()):
            if kind == "values":
                rows = pl.concat([self._whole(s) for s in segments], how="diagonal")
                rows = rows.sort("time_ns", "known_ns", maintain_order=True)
            else:
                rows = put_together([self.reader.columns(s, [*_MINUTES]) for s in segments])
            self._replace(segments, rows, (kind, place, layout, day_ns, day_ns + NS_PER_DAY))
            done.add(day_ns)
        self._sweep()
        return len(done)

    def retire(self, kind: str, before_ns: int) -> int:
        """Let whole segments go that ended by an instant; how many."""
        old = self.catalogue.all(kind, before_ns=before_ns)
        if old:
            with self.guard, self.database.transaction():
                self.catalogue.let_go(old)
            self._sweep()
        return len(old)

    def _seal_hour(self, hour: int, entries: Sequence[Entry]) -> None:
        start_ns, end_ns = hour * NS_PER_H, (hour + 1) * NS_PER_H
        by_place: dict[str, dict[int, list[Entry]]] = {}
        for entry in entries:
            place = self.catalogue.layouts[entry.layout].place
            by_place.setdefault(place, {}).setdefault(entry.layout, []).append(entry)
        sealed: list[Segment] = []
        minutes: list[pl.DataFrame] = []
        for place, by_layout in sorted(by_place.items()):
            with self.guard:
                earlier = self.catalogue.segments("values", place, start_ns, end_ns)
                told = {n: self._told(n, by_layout[n]) for n in sorted(by_layout)}
            minutes.append(self._minutes(told, earlier, (start_ns, end_ns)))
            for number, rows in told.items():
                sealed.append(self._sealed(rows, ("values", place, number, start_ns, end_ns), self._number(sealed)))
        whole = put_together(minutes)
        for kind, rolled in (("minutes", whole), ("hours", widened(whole, NS_PER_H))):
            sealed.append(self._sealed(rolled, (kind, "", 0, start_ns, end_ns), self._number(sealed)))
        gone = {entry.seq for entry in entries}
        with self.guard:
            with self.database.transaction() as connection:
                for segment in sealed:
                    self.catalogue.add(segment)
                connection.executemany("DELETE FROM frames WHERE seq = ?", [(seq,) for seq in gone])
                for name, value in (("sealed_hour", hour), ("sealed_seq", self.journal.seq)):
                    least = max(value, self.database.count(name, NEVER))
                    connection.execute("INSERT OR REPLACE INTO counts (name, value) VALUES (?, ?)", (name, least))
                connection.execute(
                    "INSERT INTO counts VALUES ('sealings', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
                )
                self._keep_newest()
            self.journal.forget(gone)

    def _told(self, number: int, entries: Sequence[Entry]) -> pl.DataFrame:
        """What frames of one layout tell, in order."""
        every = range(len(self.catalogue.layouts[number].columns))
        parts = self.journal.tellings(entries, {number: every})
        return pl.concat([p.rows for p in parts], how="diagonal").sort("time_ns", "known_ns", maintain_order=True)

    def _minutes(
        self, told: Mapping[int, pl.DataFrame], earlier: Sequence[Segment], span: tuple[int, int]
    ) -> pl.DataFrame:
        """The minutes of an hour, of the columns that rows speak of, with what was sealed of it before.

        Columns go by their number here: the same key, unit and kind may stand in several layouts.
        """
        start_ns, end_ns = span
        fresh = [self._numbered(rows, number) for number, rows in told.items()]
        asked = {p for rows in fresh for p in parameters_of(rows.drop("time_ns", "known_ns"))}
        tellings = []
        for segment in earlier:
            numbers = self._numbers(segment.layout)
            rows = self._whole(segment, [key for key, number in numbers.items() if number in asked])
            inside = pl.col("time_ns").is_between(start_ns, end_ns, closed="left")
            tellings.append(self._numbered(rows.filter(inside), segment.layout))
        known = fold([said for part in [*tellings, *fresh] if (said := only_said(part)).height])
        return rolled_up(known, {number: int(number) for number in sorted(asked, key=int)})

    def _numbers(self, layout: int) -> dict[str, str]:
        """The number of each column of a layout, as a name."""
        with self.guard:
            of = self.catalogue.layouts[layout]
            return {c.key: str(n) for c, n in zip(of.columns, self.catalogue.numbers(of), strict=True)}

    def _numbered(self, rows: pl.DataFrame, layout: int) -> pl.DataFrame:
        """Rows with the numbers of their columns for names."""
        numbers = self._numbers(layout)
        named = {**numbers, **{status_column(key): status_column(number) for key, number in numbers.items()}}
        return rows.drop("origin").rename({old: new for old, new in named.items() if old in rows.columns})

    def _whole(self, segment: Segment, keys: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows of a segment of values as they were told."""
        facts = json.loads(segment.facts)
        there = [key for key in facts["keys"] if keys is None or key in keys]
        statuses = [status_column(key) for key in there if status_column(key) in facts["statuses"]]
        kept = self.reader.columns(segment, [*KEYS, *there, *statuses])
        return kept.with_columns(restored(kept[key], facts["decimals"].get(key, -1)) for key in there)

    def _replace(self, segments: Sequence[Segment], rows: pl.DataFrame, what: tuple[str, str, int, int, int]) -> None:
        """Put one segment in the place of several."""
        hints: dict[str, int] = {}
        for segment in segments:
            hints |= json.loads(segment.facts).get("decimals", {})
        whole = self._sealed(rows, what, self._number([]), hints)
        with self.guard, self.database.transaction():
            self.catalogue.add(whole)
            self.catalogue.let_go(segments)

    def _sealed(
        self,
        rows: pl.DataFrame,
        what: tuple[str, str, int, int, int],
        number: int,
        hints: Mapping[str, int] | None = None,
    ) -> Segment:
        """Rows written as a segment that is in no catalogue yet."""
        kind, place, layout, start_ns, end_ns = what
        name = file_name(kind, place, start_ns, end_ns, number)
        facts: dict[str, object] = {}
        said: list[object] = [[n, c.key, c.unit, c.kind] for n, c in self.catalogue.names.items()]
        count = rows.height
        if kind == "values":
            said = [[c.key, c.unit, c.kind] for c in self.catalogue.layouts[layout].columns]
            keys = parameters_of(rows.drop(KEYS))
            statuses = [c for c in rows.columns if c.endswith("#")]
            rows, decimals = as_kept(rows, hints or {})
            facts = {"keys": keys, "statuses": statuses, "decimals": decimals}
            facts["plain"] = is_plain(rows["time_ns"].to_numpy())
            count = sum(_said(rows, key) for key in keys)
        first_ns, last_ns = time_range(rows["time_ns"].to_numpy()) if rows.height else (start_ns, start_ns)
        of = {"file": name, "kind": kind, "place": place, "start_ns": start_ns, "end_ns": end_ns, **facts}
        size, digest = seal(self.root, of, rows, said)
        return Segment(
            number=number,
            kind=kind,
            place=place,
            layout=layout,
            start_ns=start_ns,
            end_ns=end_ns,
            first_ns=first_ns,
            last_ns=last_ns,
            rows=rows.height,
            count=count,
            facts=json.dumps(facts, ensure_ascii=False),
            file=name,
            bytes=size,
            digest=digest,
        )

    def _uncompacted(self, until_ns: int) -> list[Segment]:
        """Segments of whole days that ended by an instant, of days that are in more than one piece."""
        with self.guard:
            day_ns = until_ns // NS_PER_DAY * NS_PER_DAY
            rows = self.database.connection.execute(
                "SELECT DISTINCT start_ns FROM segments WHERE gone = 0 AND end_ns <= ? AND end_ns - start_ns < ?",
                (day_ns, NS_PER_DAY),
            ).fetchall()
            days = sorted({start_ns // NS_PER_DAY * NS_PER_DAY for (start_ns,) in rows})
            kept = [("minutes", ""), ("hours", ""), *(("values", place) for place in self.catalogue.present)]
            found = []
            for start_ns in days:
                for kind, place in kept:
                    here = self.catalogue.of_span(kind, place, start_ns, start_ns + NS_PER_DAY)
                    if any(s.end_ns - s.start_ns < NS_PER_DAY for s in here):
                        found += here
            return found

    def _number(self, sealed: Sequence[Segment]) -> int:
        with self.guard:
            return self.catalogue.next_number() + len(sealed)

    def _sweep(self) -> None:
        with self.guard:
            self.catalogue.sweep()

    def _keep_newest(self) -> None:
        """What is newest goes with what is sealed: a parameter that is silent for long is not searched at opening."""
        newest = self.newest()
        units = {c.key: (layout.place, c) for layout in newest.layouts for c in layout.columns}
        rows = []
        for k, key in enumerate(newest.keys):
            if newest.source_ns[k] != NEVER:
                place, column = units[key]
                value = None if np.isnan(newest.values[k]) else float(newest.values[k])
                instants = int(newest.source_ns[k]), int(newest.known_ns[k])
                rows.append((place, key, column.unit, column.kind, *instants, value, int(newest.statuses[k])))
        self.database.connection.executemany("INSERT OR REPLACE INTO newest VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


_MINUTES = ("column", "time_ns", "min", "max", "sum", "n", "last")


def _said(rows: pl.DataFrame, key: str) -> int:
    said = rows[key].is_not_null()
    if status_column(key) in rows.columns:
        said |= rows[status_column(key)].is_not_null()
    return int(said.sum())

"""Passages and gaps: what the journal keeps beside values."""

from collections.abc import Sequence
from typing import Final

from pilothouse.historian.series.database import Database
from pilothouse.plant.sample import Gap, Passage

_NEWEST_OF_EACH: Final = (
    "SELECT place, piece, since_ns, received_ns FROM passages AS p WHERE place = ? AND {} AND NOT EXISTS ("
    "SELECT 1 FROM passages AS q WHERE q.place = p.place AND q.since_ns = p.since_ns AND q.piece != p.piece "
    "AND (q.received_ns, q.piece) > (p.received_ns, p.piece)) "
)
"""Of what was told about one instant, what was received last counts."""


class Events:
    """Passages and gaps of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write_passages(self, passages: Sequence[Passage]) -> None:
        """Store them durably."""
        with self._database.transaction():
            self.add(passages)

    def add(self, passages: Sequence[Passage]) -> None:
        """Store them inside a transaction; of the same place, instant and piece the first telling stays."""
        self._database.connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?) ON CONFLICT (place, since_ns, piece) "
            "DO UPDATE SET received_ns = min(received_ns, excluded.received_ns)",
            [(p.place, p.since_ns, p.piece, p.received_ns) for p in passages],
        )

    def write_gaps(self, gaps: Sequence[Gap]) -> None:
        """Store them; one of the same connection and start replaces what was said of it."""
        rows = [(g.connection, g.start_ns, g.end_ns, g.parameters, g.missing, g.filled) for g in gaps]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?, ?)", rows)

    def passages(self, place: str, start_ns: int, end_ns: int) -> tuple[Passage, ...]:
        """Those of [start, end), after the one that holds at its start."""
        first = _NEWEST_OF_EACH.format("since_ns <= ?") + "ORDER BY since_ns DESC LIMIT 1"
        later = _NEWEST_OF_EACH.format("since_ns > ? AND since_ns < ?") + "ORDER BY since_ns"
        with self._database.guarded():
            execute = self._database.connection.execute
            rows = execute(first, (place, start_ns)).fetchall() + execute(later, (place, start_ns, end_ns)).fetchall()
        return tuple(Passage(place=p, piece=piece, since_ns=s, received_ns=r) for p, piece, s, r in rows)

    def gaps(self, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Those that touch [start, end)."""
        with self._database.guarded():
            rows = self._database.connection.execute(
                "SELECT connection, parameters, start_ns, end_ns, missing, filled FROM gaps "
                "WHERE start_ns < ? AND end_ns >= ? ORDER BY start_ns, connection",
                (end_ns, start_ns),
            ).fetchall()
        return tuple(
            Gap(connection=c, parameters=p, start_ns=s, end_ns=e, missing=m, filled=f) for c, p, s, e, m, f in rows
        )

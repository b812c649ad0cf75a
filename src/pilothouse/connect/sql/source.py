"""The source that polls a table: rows since the watermark, and a lookback again for those that come late."""

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Final

from sqlalchemy import ColumnClause, Engine, FromClause, Select, column, create_engine, make_url, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from pilothouse.clock import now_ns
from pilothouse.connect.declaration import Connection
from pilothouse.connect.sql.rows import as_samples
from pilothouse.connect.sql.settings import BATCH, SqlSettings
from pilothouse.connect.sql.watermark import Mark, Watermark, as_mark
from pilothouse.errors import SourceError
from pilothouse.ports import Health, Sink

KEPT: Final = 1_000_000
"""Rows of the lookback that are remembered, so that none is told twice."""


class SqlSource:
    """Polls one table or query; see :class:`pilothouse.ports.Source`."""

    def __init__(self, connection: Connection, *, clock: Callable[[], int] = now_ns) -> None:
        assert isinstance(connection.settings, SqlSettings)
        self._connection = connection
        self._settings = connection.settings
        self._clock = clock
        self._file = connection.root / "store" / "connections" / f"{connection.key}.json"
        self._told: dict[bytes, None] = {}

    @property
    def key(self) -> str:
        """Key of its connection."""
        return self._connection.key

    async def run(self, sink: Sink, health: Health) -> None:
        """Read what is new, wait, and read again.

        Raises
        ------
        SourceError
            If the database cannot be reached or refuses the question.
        """
        engine = self._engine()
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"sql {self.key}")
        loop = asyncio.get_running_loop()
        try:
            mark = Watermark.read(self._file)
            while True:
                since, limit, is_last = mark.since(self._settings.lookback), BATCH, False
                while not is_last:
                    rows = await loop.run_in_executor(thread, self._fetch, engine, since, limit)
                    health.state = "running"
                    is_last = len(rows) < limit
                    before, (mark, since) = since, await self._take(rows, mark, (sink, health))
                    # More rows of one mark than a batch holds: it would begin with the same ones for ever.
                    limit = 2 * limit if since == before else BATCH
                await asyncio.sleep(self._settings.poll_s)
        finally:
            thread.shutdown(wait=False, cancel_futures=True)
            engine.dispose()

    async def _take(
        self, rows: list[Mapping[str, object]], mark: Watermark, told: tuple[Sink, Health]
    ) -> tuple[Watermark, Mark | None]:
        """Hand rows over; once they are durable the watermark moves. Gives it, and where the next batch begins."""
        sink, health = told
        fresh = self._not_told(rows)
        health.count("rows", len(fresh))
        marks = [m for m in (as_mark(row.get(self._settings.watermark)) for row in rows) if m is not None]
        read = as_samples(fresh, self._settings, self._connection.addresses.parameters, self._clock())
        health.count("malformed", read.malformed)
        health.count("unknown", read.unknown)
        health.count("values", len(read.samples))
        if fresh:
            health.last_ns = read.samples.received_ns
        if len(read.samples) and not await sink.take(self.key, read.samples):
            self._told.clear()
            raise SourceError("what was read found no room", hint="see the intake in pilothouse status")
        last = marks[-1] if marks else None
        if last is not None and mark.is_before(last):
            mark = Watermark(mark=last)
            mark.write(self._file)
        return mark, last

    def _not_told(self, rows: list[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """Rows that were not handed over since the start, as they are now."""
        fresh = []
        for row in rows:
            print_of = blake2b(repr(sorted(row.items())).encode(), digest_size=12).digest()
            if print_of not in self._told:
                self._told[print_of] = None
                fresh.append(row)
        while len(self._told) > KEPT:
            del self._told[next(iter(self._told))]
        return fresh

    def _engine(self) -> Engine:
        """The database, nothing opened yet."""
        url = make_url(self._settings.url)
        name = self._settings.password_env
        if name:
            if name not in os.environ:
                raise SourceError(f"no password: the environment has no {name}", hint=f"set {name} and start again")
            url = url.set(password=os.environ[name])
        try:
            return create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        except (SQLAlchemyError, ImportError) as error:
            raise SourceError(
                f"no driver for {url.drivername}: {error}", hint="install it beside pilothouse"
            ) from error

    def _fetch(self, engine: Engine, since: Mark | None, limit: int) -> list[Mapping[str, object]]:
        """The next rows, in the order of the watermark. Runs in a thread of its own."""
        try:
            with engine.connect() as connection:
                return [dict(row) for row in connection.execute(self._question(since, limit)).mappings()]
        except (SQLAlchemyError, OSError) as error:
            raise SourceError(
                f"the database does not answer: {str(error).splitlines()[0]}",
                hint="see whether it runs, and whether table and columns are right",
                connection=self.key,
            ) from error

    def _question(self, since: Mark | None, limit: int) -> Select[tuple[object, ...]]:
        settings = self._settings
        told = (settings.time, settings.watermark, settings.piece, settings.name, settings.value)
        headings = [] if settings.is_long else [address.address for address in self._connection.addresses.parameters]
        columns: list[ColumnClause[object]] = [
            column(name) for name in dict.fromkeys([*(name for name in told if name), *headings])
        ]
        source: FromClause
        if settings.query:
            source = text(settings.query).columns(*columns).subquery("told")
        else:
            schema, _, name = settings.table.rpartition(".")
            source = table(name, *columns, schema=schema or None)
        question = select(*source.c).order_by(source.c[settings.watermark]).limit(limit)
        return question if since is None else question.where(source.c[settings.watermark] >= since)

"""Polling a database: new, changed and late rows, bad cells, and a database that goes away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine, text

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.intake import Intake
from pilothouse.connect.sql import source as module
from pilothouse.connect.sql.settings import SqlSettings
from pilothouse.connect.sql.source import SqlSource
from pilothouse.errors import SourceError
from pilothouse.ports import Health

VARIABLE = "LIMS_SECRET"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/lims.db")
    with engine.begin() as connection:
        connection.execute(text("create table results (id integer, coil text, test text, result text, at text)"))
    yield engine
    engine.dispose()


def insert(engine: Engine, *rows: tuple[object, ...]) -> None:
    with engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql("insert into results values (?, ?, ?, ?, ?)", row)


def connection_of(tmp_path: Path, **changed: object) -> Connection:
    told = {
        "url": f"sqlite:///{tmp_path}/lims.db",
        "password_env": "",
        "table": "results",
        "query": "",
        "time": "at",
        "watermark": "id",
        "piece": "coil",
        "name": "test",
        "value": "result",
        "poll_s": 0.02,
        "lookback": 0.0,
        "time_zone": "UTC",
    }
    addresses = Addresses(
        parameters=(
            Address(parameter="loss", address="P15"),
            Address(parameter="heat", address="T", scale=5 / 9, offset=-160 / 9),
        )
    )
    settings = SqlSettings(**{**told, **changed})
    return Connection(key="lims", kind="sql", addresses=addresses, every_ns=None, settings=settings, root=tmp_path)


def poll(connection: Connection, shelf: Any, *then: object, for_s: float = 0.15) -> Health:
    """Run a source, do something after a while, and run on."""
    health = Health(connection="lims")

    async def story() -> None:
        intake = Intake(shelf, connections=[connection], health={"lims": health})
        writer = asyncio.create_task(_flushing(intake))
        task = asyncio.create_task(SqlSource(connection).run(intake, health))
        await asyncio.wait({task}, timeout=for_s)
        for act in then:
            if not task.done():
                act()
            await asyncio.wait({task}, timeout=for_s)
        if task.done():
            task.result()
        task.cancel()
        writer.cancel()
        await asyncio.wait({task, writer})

    asyncio.run(story())
    return health


async def _flushing(intake: Intake) -> None:
    while True:
        await asyncio.sleep(0.005)
        await intake.flush()


def told(shelf: Any) -> list[tuple[str, str, float]]:
    return [
        (b.pieces[b.of[k]] if b.pieces else "", b.parameters[b.which[k]], round(float(b.values[k]), 3))
        for b in shelf.batches
        for k in range(len(b))
    ]


def test_new_and_changed_rows_come_once_each(tmp_path: Path, shelf: Any, database: Engine) -> None:
    insert(database, (1, "c1", "P15", "2.31", "2026-05-03T10:00:00"), (2, "c1", "T", "212", "2026-05-03T10:00:00"))
    poll(
        connection_of(tmp_path),
        shelf,
        lambda: insert(database, (3, "c2", "P15", "2,40", "2026-05-03T11:00:00")),
    )
    assert told(shelf) == [("c1", "loss", 2.31), ("c1", "heat", 100.0), ("c2", "loss", 2.4)]


def test_a_restart_goes_on_where_it_was(tmp_path: Path, shelf: Any, database: Engine) -> None:
    insert(database, (1, "c1", "P15", "2.31", "2026-05-03T10:00:00"))
    poll(connection_of(tmp_path), shelf)
    insert(database, (2, "c2", "P15", "2.40", "2026-05-03T11:00:00"))
    poll(connection_of(tmp_path), shelf)
    assert [value for _, _, value in told(shelf)][-1] == 2.4
    assert len(told(shelf)) == 3  # the row of the mark itself is read again; the live tier knows it


def test_a_row_that_comes_late_is_found_in_the_lookback(tmp_path: Path, shelf: Any, database: Engine) -> None:
    insert(database, (10, "c1", "P15", "2.31", "2026-05-03T10:00:00"))
    late = (5, "c0", "P15", "2.20", "2026-05-03T09:00:00")
    poll(connection_of(tmp_path, lookback=8.0), shelf, lambda: insert(database, late))
    assert ("c0", "loss", 2.2) in told(shelf)
    assert len(told(shelf)) == 2


def test_a_lookback_in_time_counts_seconds(tmp_path: Path, shelf: Any, database: Engine) -> None:
    insert(database, (1, "c1", "P15", "2.31", "2026-05-03T10:00:00"))
    late, too_late = (2, "c0", "P15", "2.20", "2026-05-03T09:30:00"), (3, "c9", "P15", "2.0", "2026-05-03T08:00:00")
    poll(connection_of(tmp_path, watermark="at", lookback=3600.0), shelf, lambda: insert(database, late, too_late))
    assert [piece for piece, _, _ in told(shelf)] == ["c1", "c0"]


def test_bad_cells_are_counted_and_cost_nothing_else(tmp_path: Path, shelf: Any, database: Engine) -> None:
    at = "2026-05-03T10:00:00"
    insert(
        database,
        (1, "c1", "P15", "n/a", at),
        (2, "c1", "P17", "2.0", at),
        (3, "c1", "P15", "2.5", "soon"),
        (4, "c1", "P15", None, at),
        (5, "c1", "T", "1e999", at),
        (6, "c1", "P15", "2.6", at),
    )
    health = poll(connection_of(tmp_path), shelf)
    assert health.counts["malformed"] == 3
    assert health.counts["unknown"] == 1
    values = np.concatenate([b.values for b in shelf.batches])
    statuses = np.concatenate([b.statuses for b in shelf.batches])
    assert values[statuses == 0].tolist() == [2.6]
    assert (statuses == 2).sum() == 2


def test_more_rows_of_one_mark_than_a_batch_holds(
    tmp_path: Path, shelf: Any, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    at = "2026-05-03T10:00:00"
    insert(database, *[(7, f"c{k}", "P15", str(k), at) for k in range(10)], (8, "d", "P15", "99", at))
    poll(connection_of(tmp_path), shelf)
    assert sorted(value for _, _, value in told(shelf)) == [*map(float, range(10)), 99.0]


def test_one_column_a_parameter(tmp_path: Path, shelf: Any, database: Engine) -> None:
    insert(database, (1, "c1", "x", "2.31", "2026-05-03T10:00:00"))
    query = 'select id, coil, at, result as "P15", 32.0 as "T" from results'
    poll(connection_of(tmp_path, table="", query=query, name="", value=""), shelf)
    assert told(shelf) == [("c1", "loss", 2.31), ("c1", "heat", 0.0)]


def test_a_database_that_is_not_there_is_a_source_error(tmp_path: Path, shelf: Any) -> None:
    with pytest.raises(SourceError, match="does not answer"):
        poll(connection_of(tmp_path, url=f"sqlite:///{tmp_path}/none/lims.db"), shelf)


def test_a_missing_password_names_the_variable(tmp_path: Path, shelf: Any) -> None:
    with pytest.raises(SourceError, match=VARIABLE):
        poll(connection_of(tmp_path, password_env=VARIABLE), shelf)

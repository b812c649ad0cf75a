"""What only a server can do to a ledger: refuse, go away, come back; and what nobody may read in an error."""

import logging
import os
import threading
import time
import traceback

import pytest
from sqlalchemy import create_engine, make_url

from pilothouse.errors import ConfigError, PilothouseError, StoreError
from pilothouse.ledger.sql import SqlLedger
from pilothouse.testing.ledger import draft

SECRET = "hunter2-p@ss:w/rd"  # noqa: S105 - it is what must not be seen
QUOTED = "hunter2-p%40ss%3Aw%2Frd"


@pytest.fixture
def url(new_database) -> str:
    return new_database()


def disconnect(url: str) -> None:
    """End every connection to a database, as an administrator or a restart does."""
    engine = create_engine(make_url(url).set(database="postgres"))
    with engine.begin() as connection:
        name = make_url(url).database
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
    engine.dispose()


def test_a_connection_that_was_ended_is_made_anew(url: str) -> None:
    with SqlLedger(url) as ledger:
        ledger.append([draft()])
        disconnect(url)
        assert len(ledger.read()) == 1
        disconnect(url)
        assert ledger.append([draft()])[0].seq == 2


def test_a_connection_lost_before_the_commit_stores_nothing(url: str, monkeypatch) -> None:
    with SqlLedger(url) as ledger:
        real = ledger._take_head

        def lost(connection):
            head = real(connection)
            monkeypatch.undo()
            disconnect(url)
            return head

        monkeypatch.setattr(ledger, "_take_head", lost)
        with pytest.raises(StoreError, match="connection to the database was lost") as told:
            ledger.append([draft()])
        assert "nothing was stored" in told.value.hint
        assert ledger.append([draft()])[0].seq == 1


@pytest.mark.parametrize("reached", [True, False], ids=["stored", "not stored"])
def test_a_connection_lost_in_the_commit_is_looked_into(url: str, monkeypatch, reached: bool) -> None:
    """The answer to the commit never came: the ledger looks whether it is stored, and does not store it twice."""
    with SqlLedger(url) as ledger:
        dialect = ledger._writing.dialect
        real = type(dialect).do_commit

        def cut(connection) -> None:
            monkeypatch.undo()
            if reached:
                real(dialect, connection)
            disconnect(url)
            connection.execute("SELECT 1")  # finds the connection gone

        monkeypatch.setattr(dialect, "do_commit", cut)
        if reached:
            assert ledger.append([draft("a"), draft("b")])[1].seq == 2
        else:
            with pytest.raises(StoreError, match="connection to the database was lost"):
                ledger.append([draft("a"), draft("b")])
        assert len(ledger.read()) == 2 * reached
        assert ledger.verify() == ()


def test_a_server_that_restarts_in_the_middle(own_postgresql) -> None:
    """Writers get a clean error or wait; what they were told is stored is stored, and they go on with the next."""
    server = own_postgresql
    told: list[int] = []
    faults: list[BaseException] = []
    stop = threading.Event()

    def write(ledger: SqlLedger) -> None:
        while not stop.is_set():
            try:
                told.append(ledger.append([draft("p", {"n": len(told)})])[0].seq)
            except StoreError as error:
                faults.append(error)
                time.sleep(0.05)
            except BaseException as error:
                faults.append(error)
                raise

    with SqlLedger(server.get_uri(driver="psycopg")) as ledger:
        writer = threading.Thread(target=write, args=(ledger,))
        writer.start()
        try:
            wait_for(lambda: len(told) > 20)
            server.stop()
            wait_for(lambda: bool(faults))
            before = len(told)
            server.ensure_postgres_running()
            wait_for(lambda: len(told) > before + 20)
        finally:
            stop.set()
            writer.join()
        assert all(type(fault) is StoreError for fault in faults), faults
        assert told == [event.seq for event in ledger.read()]
        assert ledger.verify() == ()


def wait_for(what, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def locked(own_postgresql):
    """A server that asks the user ``ana`` for a password."""
    server = own_postgresql
    rules = server.pgdata / "pg_hba.conf"
    rules.write_text("local all ana scram-sha-256\n" + rules.read_text())
    admin = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE ana LOGIN PASSWORD '{SECRET}'")
        connection.exec_driver_sql("CREATE DATABASE works OWNER ana")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    admin.dispose()
    return make_url(server.get_uri(driver="psycopg")).set(username="ana", database="works")


def test_a_password_lets_in_and_is_never_shown(locked, caplog, capsys) -> None:
    caplog.set_level(logging.DEBUG)
    right, wrong = locked.set(password=SECRET), locked.set(password="wrong-" + SECRET)
    with SqlLedger(right) as ledger:
        assert ledger.append([draft()])[0].seq == 1
        ledger.close()
        with pytest.raises(StoreError, match="closed") as closed:
            ledger.read()
    nowhere = right.set(host=None, query={}).set(host="localhost", port=1)
    faults = [closed.value]
    for url in (wrong, nowhere, right.set(database="nowhere")):
        with pytest.raises(StoreError) as told:
            SqlLedger(url)
        faults.append(told.value)
    assert "password authentication failed" in str(faults[1])
    for fault in faults:
        said = "".join(traceback.format_exception(fault)) + repr(fault) + str(fault.context)
        assert SECRET not in said
        assert QUOTED not in said
    assert "hunter2" not in caplog.text + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ana:{QUOTED}@host:port/works",
        f"postgresql://ana:{SECRET}@host:port/works",
        f"ana:{SECRET}@host/works",
        f"nosql://ana:{QUOTED}@host/works",
        f"postgresql://ana@host/works?password={QUOTED}",
    ],
)
def test_no_url_is_shown_with_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as told:
        SqlLedger(text)
    said = "".join(traceback.format_exception(told.value)) + repr(told.value)
    assert "hunter2" not in said
    assert "w/rd" not in said


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(StoreError, match="refused"):
        SqlLedger("postgresql://ana@localhost:1/works")


def test_a_commit_is_on_the_disk_whatever_the_server_is_set_to(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")
    engine.dispose()
    with SqlLedger(url) as ledger, ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_verifying_sees_one_state_while_others_write(url: str) -> None:
    stop = threading.Event()

    def write() -> None:
        with SqlLedger(url) as other:
            while not stop.is_set():
                other.append([draft()])

    with SqlLedger(url) as ledger:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert [ledger.verify() for _ in range(20)] == [()] * 20
        finally:
            stop.set()
            writer.join()


def test_without_the_driver_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(PilothouseError, match="not installed") as told:
        SqlLedger("postgresql://ana@localhost:1/works")
    assert "pilothouse[postgres]" in told.value.hint
    assert os.sep not in told.value.message

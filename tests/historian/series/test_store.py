"""The live tier: conformance, sealed at once or not at all; one writer, readers beside it."""

import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import ConfigError, StoreError, StoreLockedError
from pilothouse.historian.series.column import Column
from pilothouse.historian.series.store import SeriesStore
from pilothouse.testing.series import Opener, SeriesConformance, batch, everything

COLUMNS = {"t": "u", "p": "u", "q": "v"}


class TestConformance(SeriesConformance):
    @pytest.fixture
    def open_series(self, tmp_path: Path) -> Opener:
        return lambda clock: SeriesStore(tmp_path / "store", COLUMNS, clock=clock)


class SealedAtOnce(SeriesStore):
    """Every hour is over as soon as it is written, and every day."""

    def write(self, batches):
        taken = super().write(batches)
        sealer = self._sealer()
        sealer.seal_hours(2**62, late_too=True)
        sealer.compact_days(2**62)
        return taken


class TestConformanceWhereAllIsSealed(SeriesConformance):
    @pytest.fixture
    def open_series(self, tmp_path: Path) -> Opener:
        return lambda clock: SealedAtOnce(tmp_path / "store", COLUMNS, clock=clock)


def test_a_second_writer_is_refused(opened) -> None:
    first = opened()
    with pytest.raises(StoreLockedError):
        opened()
    first.close()
    opened()


def test_a_reader_beside_the_writer_sees_what_is_written_and_sealed(opened, clock) -> None:
    writer = opened()
    reader = opened(read_only=True)
    assert everything(reader, "t") == []
    writer.write([batch(("t", 5, 1.0), ("q", 5, 2.0))])
    assert everything(reader, "t", "q") == everything(writer, "t", "q")
    assert writer.tend().hours == 1
    writer.write([batch(("t", clock.now, 3.0))])
    assert [row[2] for row in everything(reader, "t")] == [1.0, 3.0]
    assert reader.info().values == 3
    with pytest.raises(StoreError, match="opened to read"):
        reader.write([batch(("t", 6, 1.0))])


def test_a_reader_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no live tier here"):
        SeriesStore(tmp_path / "none", COLUMNS, read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_closed_store_is_not_used_again(opened) -> None:
    store = opened()
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.write([batch(("t", 5, 1.0))])
    with pytest.raises(StoreError, match="closed"):
        store.read(["t"], start_ns=0, end_ns=9)


def test_a_former_key_has_one_owner(opened) -> None:
    with pytest.raises(ConfigError, match="is a parameter of today"):
        opened({"t": "u", "p": Column(place="u", formerly=("t",))})
    with pytest.raises(ConfigError, match="claimed by t too"):
        opened({"t": Column(place="u", formerly=("a",)), "p": Column(place="u", formerly=("a",))})


def test_nothing_is_noted_of_a_store_in_order(opened, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        store = opened()
        store.write([batch(("t", 5, 1.0))])
        store.close()
        store = opened()
    assert (store.notes(), store.verify(), caplog.records) == ((), (), [])


def test_a_passage_of_a_refused_write_is_told_again(opened, monkeypatch) -> None:
    named = replace(batch(("t", 5, 1.0)), pieces=("h1",), of=np.zeros(1, np.int32))
    store = opened()
    with monkeypatch.context() as patch:
        patch.setattr(store._events, "add", refuse)
        with pytest.raises(StoreError):
            store.write([named])
    assert everything(store, "t") == []
    assert store.write([named]).new == 1
    assert [p.piece for p in store.passages("t", start_ns=5, end_ns=6)] == ["h1"]


def refuse(_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")

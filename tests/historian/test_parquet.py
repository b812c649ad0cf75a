"""The embedded historian: conformance, one writer, readers beside it, damage that is named and never served."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pilothouse.errors import SchemaDriftError, StoreCorruptError, StoreError, StoreLockedError
from pilothouse.historian import segment as segment_module
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.testing.historian import HistorianConformance, Opener, origins, rows


class TestConformance(HistorianConformance):
    @pytest.fixture
    def open_historian(self, tmp_path: Path) -> Opener:
        return lambda clock: ParquetHistorian(tmp_path / "store", clock=clock)


def segments(store: Path) -> list[Path]:
    return sorted(store.rglob("*.parquet"), key=lambda path: path.name)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Three segments on two units."""
    with ParquetHistorian(tmp_path / "store", clock=lambda: 1_000) as historian:
        historian.write("lf1", rows({"t": 1.0}))
        historian.write("lf1", rows({"piece": "h2", "t": 2.0}))
        historian.write("lf2", rows({"piece": "h3", "t": 3.0}))
    return tmp_path / "store"


def test_a_second_writer_is_refused(store: Path) -> None:
    with ParquetHistorian(store), pytest.raises(StoreLockedError, match=str(os.getpid())):
        ParquetHistorian(store)
    ParquetHistorian(store).close()


def test_a_second_process_is_refused(store: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pilothouse.historian.parquet import ParquetHistorian\n"
        "from pilothouse.errors import StoreLockedError\n"
        "try: ParquetHistorian(Path(sys.argv[1]))\n"
        "except StoreLockedError: sys.exit(7)\n"
    )
    with ParquetHistorian(store):
        done = subprocess.run([sys.executable, "-c", code, str(store)], check=False)
    assert done.returncode == 7


def test_a_reader_beside_the_writer_sees_what_is_written(store: Path) -> None:
    with ParquetHistorian(store) as writer, ParquetHistorian(store, read_only=True) as reader:
        assert reader.scan(["t"])["lf2"].height == 1
        writer.write("lf2", rows({"piece": "h4", "t": 4.0, "p": 1.0}))
        assert reader.scan(["t", "p"])["lf2"]["p"].to_list() == [None, 1.0]
        assert reader.info() == writer.info()


def test_a_reader_cannot_write(store: Path) -> None:
    with ParquetHistorian(store, read_only=True) as reader, pytest.raises(StoreError, match="opened to read"):
        reader.write("lf1", rows({"t": 1.0}))


def test_a_reader_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store here"):
        ParquetHistorian(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_closed_historian_is_not_used_again(store: Path) -> None:
    historian = ParquetHistorian(store)
    historian.close()
    with pytest.raises(StoreError, match="closed"):
        historian.scan(["t"])
    with pytest.raises(StoreError, match="closed"):
        historian.write("lf1", rows({"t": 1.0}))


def test_an_unsealed_draft_is_ignored_and_removed(store: Path) -> None:
    draft = store / "lf1" / "000000000004.tmp"
    draft.write_bytes(segments(store)[0].read_bytes()[:100])
    with ParquetHistorian(store) as historian:
        assert historian.info().sequence == 3
        assert historian.verify() == ()
    assert not draft.exists()


def test_strange_files_are_left_alone(store: Path) -> None:
    (store / "lf1" / "notes.txt").write_text("mine")
    with ParquetHistorian(store) as historian:
        assert historian.info().rows == 3
    assert (store / "lf1" / "notes.txt").read_text() == "mine"


def truncated(content: bytes) -> bytes:
    return content[:-20]


def footer_changed(content: bytes) -> bytes:
    return content[:-60] + bytes([content[-60] ^ 1]) + content[-59:]


def ending_overwritten(content: bytes) -> bytes:
    return content[:-8] + b"\xff" * 8


@pytest.mark.parametrize("damage", [truncated, footer_changed, ending_overwritten])
def test_visible_damage_refuses_to_open_and_names_the_file(store: Path, damage: Callable[[bytes], bytes]) -> None:
    victim = segments(store)[1]
    victim.write_bytes(damage(victim.read_bytes()))
    with pytest.raises(StoreCorruptError) as caught:
        ParquetHistorian(store)
    assert victim.name in str(caught.value)
    assert "restore it from a backup" in caught.value.hint


def test_damage_inside_is_found_before_a_value_is_served(store: Path) -> None:
    victim = segments(store)[1]
    content = bytearray(victim.read_bytes())
    content[20] ^= 0x10
    victim.write_bytes(content)
    with ParquetHistorian(store) as historian:
        assert [victim.name in fault for fault in historian.verify()] == [True]
        with pytest.raises(StoreCorruptError, match=victim.name):
            historian.scan(["t"])


def test_the_advised_remedy_works(store: Path) -> None:
    victim = segments(store)[1]
    victim.write_bytes(b"")
    with pytest.raises(StoreCorruptError):
        ParquetHistorian(store)
    victim.rename(victim.with_name(victim.name + ".damaged"))
    with ParquetHistorian(store) as historian:
        assert historian.scan(["t"])["lf1"]["piece"].to_list() == ["h1"]
        assert historian.write("lf1", rows({"t": 1.0}, {"piece": "h2", "t": 2.0})).new == 1
        assert historian.info().sequence == 4
        assert "set aside" in historian.verify()[0]


def test_a_missing_segment_is_noticed(store: Path) -> None:
    segments(store)[0].unlink()
    with pytest.raises(StoreCorruptError, match="000000000001 is missing"):
        ParquetHistorian(store)
    (store / "000000000001.damaged").touch()
    with ParquetHistorian(store) as historian:
        assert historian.info().rows == 2


def test_a_segment_there_twice_is_noticed(store: Path) -> None:
    victim = segments(store)[0]
    shutil.copy(victim, store / "lf2" / victim.name)
    with pytest.raises(StoreCorruptError, match="twice"):
        ParquetHistorian(store)


def test_a_newer_schema_is_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(segment_module, "SCHEMA", 3)
        patch.setattr(segment_module, "SCHEMA_OF_VALUES", 3)
        with ParquetHistorian(store) as historian:
            historian.write("lf1", rows({"piece": "h9", "t": 1.0}))
    with pytest.raises(SchemaDriftError, match="expected schema 2 or older, got 3"):
        ParquetHistorian(store)


def test_a_store_without_origins_is_written_as_before_they_were_known(store: Path) -> None:
    """So a Pilothouse from before reads it; and this one reads what that one wrote."""
    facts = [json.loads(pl.read_parquet_metadata(path)["pilothouse"]) for path in segments(store)]
    assert {fact["schema"] for fact in facts} == {1}
    with ParquetHistorian(store) as historian:
        assert historian.genealogy().is_empty()
        historian.write_genealogy(origins(("h1", "h0", 0.0, 1.0, 5)))
    [mine] = (store / "genealogy").iterdir()
    assert json.loads(pl.read_parquet_metadata(mine)["pilothouse"])["schema"] == 2


def test_damaged_origins_are_named_and_can_be_set_aside(store: Path) -> None:
    told = origins(("h1", "h0", 0.0, 1.0, 5))
    with ParquetHistorian(store) as historian:
        historian.write_genealogy(told)
    [victim] = (store / "genealogy").iterdir()
    content = bytearray(victim.read_bytes())
    content[20] ^= 0x10
    victim.write_bytes(content)
    with ParquetHistorian(store) as historian:
        assert [victim.name in fault for fault in historian.verify()] == [True]
        assert historian.scan(["t"])
        with pytest.raises(StoreCorruptError, match=victim.name):
            historian.genealogy()
    victim.rename(victim.with_name(victim.name + ".damaged"))
    with ParquetHistorian(store) as historian:
        assert historian.write_genealogy(told).new == 1


def test_a_reader_beside_the_writer_sees_new_origins_and_writes_none(store: Path) -> None:
    with ParquetHistorian(store) as writer, ParquetHistorian(store, read_only=True) as reader:
        writer.write_genealogy(origins(("h1", "h0", 0.0, 1.0, 5)))
        assert reader.genealogy().equals(writer.genealogy())
        writer.write_genealogy(origins(("h2", "h0", 1.0, 2.0, 5)))
        assert reader.genealogy()["child"].to_list() == ["h1", "h2"]
        with pytest.raises(StoreError, match="opened to read"):
            reader.write_genealogy(origins(("h3", "h0", 2.0, 3.0, 5)))


def test_a_unit_called_genealogy_is_a_unit(store: Path) -> None:
    with ParquetHistorian(store) as historian:
        historian.write("genealogy", rows({"t": 7.0}))
        historian.write_genealogy(origins(("h1", "h0", 0.0, 1.0, 5)))
    with ParquetHistorian(store) as historian:
        assert historian.scan(["t"])["genealogy"]["t"].to_list() == [7.0]
        assert historian.genealogy().height == 1


def test_a_full_disk_stores_nothing_and_the_store_goes_on(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with ParquetHistorian(store) as historian:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StoreError, match="No space left"):
                historian.write("lf1", rows({"piece": "h5", "t": 5.0}))
        assert historian.info().sequence == 3
        assert list(store.rglob("*.tmp")) == []
        assert historian.write("lf1", rows({"piece": "h5", "t": 5.0})).new == 1
    with ParquetHistorian(store) as historian:
        assert historian.info().sequence == 4


def test_a_clock_set_back_does_not_hide_a_correction(tmp_path: Path) -> None:
    instants = iter([100, 200, 150])
    with ParquetHistorian(tmp_path, clock=lambda: next(instants)) as historian:
        for value in (1.0, 2.0, 3.0):
            historian.write("u", rows({"t": value}))
        assert historian.scan(["t"], as_of_ns=199)["u"]["t"].to_list() == [1.0]
        assert historian.scan(["t"], as_of_ns=200)["u"]["t"].to_list() == [3.0]


def test_hundreds_of_segments_read_as_one(tmp_path: Path) -> None:
    with ParquetHistorian(tmp_path) as historian:
        for n in range(200):
            historian.write("u", rows({"piece": f"h{n}", "start_ns": n, "end_ns": n, f"p{n % 3}": float(n)}))
    with ParquetHistorian(tmp_path) as historian:
        found = historian.scan(["p0", "p2"])["u"]
        assert found["start_ns"].to_list() == [n for n in range(200) if n % 3 != 1]
        assert found.select(pl.sum_horizontal("p0", "p2")).to_series().to_list() == found["start_ns"].to_list()

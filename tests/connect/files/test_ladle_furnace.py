"""The real ladle furnace, imported as the example declares it and counted again by other means."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pilothouse.clock import NS_PER_S
from pilothouse.connect.files.declared import read_mappings
from pilothouse.connect.files.importer import import_folder
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.plant.folder import PlantFolder
from pilothouse.plant.frame import BAD, observations

EXAMPLE = Path(__file__).parents[3] / "examples" / "ladle_furnace"
NOW_NS = 2_000_000_000 * NS_PER_S


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


def test_every_cell_of_the_real_files_arrives(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "ladle_furnace"
    if not source.is_dir():
        pytest.skip(f"there is no ladle_furnace in {shared_data}")
    folder = PlantFolder.open(EXAMPLE)
    plant, faults = folder.read()
    assert plant is not None, faults
    mappings, faults = read_mappings(folder.declaration, plant)
    assert faults == ()
    with ParquetHistorian(tmp_path / "historian") as historian:
        report = import_folder(source, mappings, plant, historian, rejects=tmp_path / "rejects", received_ns=NOW_NS)
        assert report.failures == ()
        [frame] = historian.scan(list(plant.parameters)).values()
        before = historian.info()
        again = import_folder(source, mappings, plant, historian, rejects=tmp_path / "rejects", received_ns=NOW_NS)
        assert (again.new, historian.info()) == (0, before)

    measured = [row for row in cells(source / "data_temp.csv") if row["Температура"]]
    expected = {(row["key"], instant(row["Время замера"])): float(row["Температура"]) for row in measured}
    found = observations(frame, "temperature", worst_status=BAD)
    assert {
        (piece, at): value for piece, at, value in found.select("piece", "start_ns", "value").iter_rows()
    } == expected

    times = {row["key"]: row for row in cells(source / "data_bulk_time.csv")}
    bulk = {
        (row["key"], name, instant(times[row["key"]][name]), float(row[name]))
        for row in cells(source / "data_bulk.csv")
        for name in row
        if name.startswith("Bulk") and row[name]
    }
    told = set()
    for n in range(1, 16):
        rows = observations(frame, f"bulk_{n}", worst_status=BAD).select("piece", "start_ns", "value")
        told |= {(piece, f"Bulk {n}", at, value) for piece, at, value in rows.iter_rows()}
    assert told == bulk

    gas = observations(frame, "gas", worst_status=BAD)
    last = frame.filter(pl.any_horizontal(pl.exclude("piece", "origin", "gas", "^.*#$", "^.*_ns$").is_not_null()))
    ends = dict(last.group_by("piece").agg(pl.col("end_ns").max()).iter_rows())
    assert all(at == ends[piece] for piece, at in gas.select("piece", "end_ns").iter_rows())
    counts = {one.mapping: one for one in report.mappings}
    assert counts["gas"].rows == len(cells(source / "data_gas.csv")) == gas.height + counts["gas"].rows_rejected
    assert counts["temperature"].values_out_of_range == sum(not 1450 <= value <= 1750 for value in expected.values())

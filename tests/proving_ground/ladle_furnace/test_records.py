import polars as pl
import pytest

from pilothouse.clock import NS_PER_S
from proving_ground.ladle_furnace.records import START_NS, Records, instant_ns, piece_key


@pytest.fixture
def records():
    return Records(
        readings=[(0, 10.0, 1580.0, True), (0, 18.0, 1595.0, True), (1, 60.0, 1602.0, True), (1, 70.0, 1600.0, False)],
        arcs=[(0, 11.0, 14.5, 780.0, 570.0), (1, 62.0, 63.0, 200.0, 150.0)],
        additions=[(0, "bulk_10", 12.0, 230.0), (0, "wire_1", 15.0, 80.5), (1, "bulk_1", 61.0, 30.0)],
        gas=[(0, 9.5), (1, 7.25)],
        lost={("arc", 1), ("gas", 0)},
    )


def test_the_seven_files(records, tmp_path):
    records.write(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(f"data_{n}.csv" for n in ("temp", "arc", "bulk", "bulk_time", "wire", "wire_time", "gas"))
    assert (tmp_path / "data_temp.csv").read_text().splitlines() == [
        "heat,Measured at,Temperature",
        "H00001,2025-01-06 05:10:00,1580.0",
        "H00001,2025-01-06 05:18:00,1595.0",
        "H00002,2025-01-06 06:00:00,1602.0",
    ]


def test_lost_records_are_missing_from_their_file_alone(records, tmp_path):
    records.write(tmp_path)
    assert pl.read_csv(tmp_path / "data_arc.csv")["heat"].to_list() == ["H00001"]
    assert pl.read_csv(tmp_path / "data_gas.csv")["heat"].to_list() == ["H00002"]


def test_masses_and_times_stand_in_the_same_cells(records, tmp_path):
    records.write(tmp_path)
    masses = pl.read_csv(tmp_path / "data_bulk.csv", infer_schema_length=None)
    times = pl.read_csv(tmp_path / "data_bulk_time.csv", infer_schema_length=None)
    assert masses.columns == times.columns
    assert masses.row(0, named=True)["Bulk 10"] == 230.0
    assert times.row(0, named=True)["Bulk 10"] == "2025-01-06 05:12:00"
    assert [[v is None for v in row] for row in masses.rows()] == [[v is None for v in row] for row in times.rows()]


def test_pairs_of_neighbouring_readings(records):
    assert records.pairs().tolist() == [[15.0, 780.0, 8.0, 310.5], [-2.0, 200.0, 10.0, 30.0]]


def test_instants_are_whole_seconds():
    assert instant_ns(0.0) == START_NS
    assert (instant_ns(12.345) - START_NS) % NS_PER_S == 0
    assert piece_key(0) == "H00001"

"""Lists of addresses: what is read of them, and every fault with its line."""

from pathlib import Path

import pytest

from pilothouse.connect.address import Address, PieceAddress, read_addresses
from pilothouse.errors import Fault
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant


@pytest.fixture
def plant() -> Plant:
    speed = Parameter(key="speed", name="Speed", kind="speed", unit="m/min", role="lever", equipment="line")
    heat = Parameter(key="heat", name="Heat", kind="temperature", unit="degC", role="measured", equipment="line")
    line = Equipment(key="line", name="Line", level="work_unit", parent="")
    return Plant(
        key="p",
        name="P",
        time_zone="UTC",
        currency="EUR",
        equipment={"line": line},
        parameters={"speed": speed, "heat": heat},
        materials={},
        segments={},
        orders={},
        kpis={},
    )


def read(tmp_path: Path, plant: Plant, text: str) -> tuple[object, list[Fault]]:
    path = tmp_path / "level-2.csv"
    path.write_text(text)
    faults: list[Fault] = []
    return read_addresses(path, plant, faults), faults


def test_parameters_and_places_are_read_with_their_units(tmp_path: Path, plant: Plant) -> None:
    text = "address,parameter,piece_of,unit,writable\nV,speed,,m/s,yes\nT,heat,,degF,\nCOIL,,line,,\n"
    found, faults = read(tmp_path, plant, text)
    assert faults == []
    assert found.parameters[0] == Address(parameter="speed", address="V", scale=60.0, writable=True)
    assert found.parameters[1].scale * 212.0 + found.parameters[1].offset == pytest.approx(100.0)
    assert found.pieces == (PieceAddress(place="line", address="COIL"),)
    assert found.writable == {"speed"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("X,sped,,,", "unknown parameter 'sped'"),
        ("X,,lime,,", "unknown piece of 'lime'"),
        ("X,,,,", "expected a parameter or a piece_of"),
        ("X,speed,line,,", "expected a parameter or a piece_of"),
        ("X,heat,,,yes", "heat is measured: nobody can write it"),
        ("X,speed,,,maybe", "writable: expected yes or no, got 'maybe'"),
        ("X,speed,,bar,", "bar"),
        ("V,heat,,,", "address V stands in line 2 already"),
        ("W,speed,,,", "parameter speed stands in line 2 already"),
    ],
)
def test_a_fault_names_its_line_and_leaves_the_others(tmp_path: Path, plant: Plant, row: str, problem: str) -> None:
    rows = "V,speed,,,\n" if problem.endswith("already") else "V,,line,,\n"
    found, faults = read(tmp_path, plant, f"address,parameter,piece_of,unit,writable\n{rows}{row}\n")
    assert [fault.line for fault in faults] == [3]
    assert problem in faults[0].problem
    assert len(found.parameters) + len(found.pieces) == 1

"""The parameter list: kinds inferred from units, limits with their source, a thousand rows, a workbook."""

import csv
from itertools import cycle, islice
from pathlib import Path

import openpyxl
import pytest

from pilothouse.errors import Fault
from pilothouse.plant.parameter import Limit, Parameter
from pilothouse.plant.parameter_list import read_parameters
from pilothouse.units import OPAQUE, kind_of

HEADING = "key,name,kind,unit,role,equipment,low,high,limit_low,limit_high,limit_source,comment\n"

# The units of a silicon-steel mill's 1,080 key parameters; those without a kind are kept to the letter.
UNITS_WITH_KIND = """
degC % mm - um MPa Nm3/h bar m3/h t kW ppm min kN kg/t m l/min MN km heats Pa m/s rpm MW A K m/min kg/min s Nl/min kNm
ml/min g/l Nm3/min t/min g/m2 MW/m2 h W/kg HV mg/m2 T kg Hz K/h kWh/t kPa kg/h 1/min kg/m2 kA
"""
UNITS_TO_THE_LETTER = """
1/km %/m class IU kg/heat 1/m2 Pa.s MJ/Nm3 coil mgKOH/g mS/cm days g/cm3 ohm.cm2 %t mm/2m
"""


def read(path: Path, text: str) -> tuple[dict[str, Parameter], list[Fault]]:
    path.write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    return read_parameters(path, ["lf1"], faults).sound, faults


def test_a_row_becomes_a_parameter(tmp_path: Path) -> None:
    row = "t,Steel temperature,,degC,measured,lf1,1450,1750,,1680,lining,as measured by lance\n"
    parameters, faults = read(tmp_path / "parameters.csv", HEADING + row)
    assert faults == []
    assert parameters == {
        "t": Parameter(
            key="t",
            name="Steel temperature",
            kind="temperature",
            unit="degC",
            role="measured",
            equipment="lf1",
            low=1450.0,
            high=1750.0,
            limit=Limit(high=1680.0, source="lining"),
        )
    }


def test_a_kind_that_is_written_wins_over_the_usual_one(tmp_path: Path) -> None:
    rows = "dt,Drop,temperature_difference,K,soft,lf1,,,,,,\nt,Melt,,K,soft,lf1,,,,,,\n"
    parameters, _ = read(tmp_path / "parameters.csv", HEADING + rows)
    assert [p.kind for p in parameters.values()] == ["temperature_difference", "temperature"]


def test_every_unit_of_a_mill_of_1080_parameters_is_accepted(tmp_path: Path) -> None:
    units = [*islice(cycle(UNITS_WITH_KIND.split()), 1_000), *islice(cycle(UNITS_TO_THE_LETTER.split()), 80)]
    with (tmp_path / "parameters.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING.strip().split(",")[:6])
        for i, unit in enumerate(units):
            kind = "" if i < 1_000 else OPAQUE
            writer.writerow((f"STAGE_{i % 16:02}.group.{i}", f"Parameter {i}", kind, unit, "measured", "lf1"))
    faults: list[Fault] = []
    parameters = read_parameters(tmp_path / "parameters.csv", ["lf1"], faults).sound
    assert faults == []
    assert len(parameters) == 1_080
    assert [p.unit for p in parameters.values()] == units


@pytest.mark.parametrize("unit", UNITS_TO_THE_LETTER.split())
def test_a_unit_without_kind_is_a_fault_that_says_how_to_keep_it(tmp_path: Path, unit: str) -> None:
    assert kind_of(unit) is None
    parameters, faults = read(tmp_path / "parameters.csv", HEADING + f"a,A,,{unit},measured,lf1,,,,,,\n")
    assert parameters == {}
    assert [fault.problem for fault in faults] == [f"parameter a: unknown unit {unit!r}"]
    assert "kind = opaque" in faults[0].remedy


def test_rows_without_fault_are_read_beside_faulty_ones(tmp_path: Path) -> None:
    rows = "a,A,,kg,measured,lf1,x,,,,,\nb,B,,kg,measured,lf1,,,,,,\n"
    parameters, faults = read(tmp_path / "parameters.csv", HEADING + rows)
    assert list(parameters) == ["b"]
    assert [(fault.line, fault.problem) for fault in faults] == [(2, "parameter a: low: expected a number, got 'x'")]


def test_each_fault_of_a_row_is_told_once(tmp_path: Path) -> None:
    row = "a b,,,furlong,boss,lf2,9,1,5,2,,\n"
    _, faults = read(tmp_path / "parameters.csv", HEADING + row)
    assert len(faults) == len({fault.problem for fault in faults}) == 10


def test_a_workbook_gives_the_same_parameters_as_text(tmp_path: Path) -> None:
    rows = "t,Temperatur Ä,,degC,measured,lf1,1450.5,1750,,1680,lining,\nn,Штук,,pieces,soft,lf1,,,,,,\n"
    expected, _ = read(tmp_path / "parameters.csv", HEADING + rows)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in csv.reader((HEADING + rows).splitlines()):
        sheet.append([float(c) if c.replace(".", "").isdigit() else c or None for c in cells])
    book.save(tmp_path / "parameters.xlsx")
    faults: list[Fault] = []
    assert read_parameters(tmp_path / "parameters.xlsx", ["lf1"], faults).sound == expected
    assert faults == []


def test_former_keys_have_one_owner(tmp_path: Path) -> None:
    heading = "key,name,unit,role,equipment,formerly\n"
    parameters, faults = read(tmp_path / "parameters.csv", heading + "t,T,degC,measured,lf1,temp t_old\n")
    assert (parameters["t"].formerly, faults) == (("temp", "t_old"), [])
    rows = "t,T,degC,measured,lf1,a b\nb,B,degC,measured,lf1,a\n"
    _, faults = read(tmp_path / "parameters.csv", heading + rows)
    assert [(fault.line, fault.problem) for fault in faults] == [
        (3, "parameter b: the former key 'a' is claimed by t too"),
        (2, "parameter t: the former key 'b' is a parameter of today"),
    ]

"""Ticks of a running plant in the historian: every value once, with both its times and its status."""

import numpy as np
import pytest

from pilothouse.clock import NS_PER_H, NS_PER_S, parse_instant
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.live import LiveIntake
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plants import Tick

START_NS = parse_instant("2026-03-01T06:00:00Z")
KEYS = ("kiln.temp", "kiln.speed", "kiln.hardness", "press.force")


def parameter(key, role):
    return Parameter(key=key, name=key, kind="opaque", unit="x", role=role, equipment=key.partition(".")[0])


@pytest.fixture
def plant():
    roles = ("measured", "set_point", "laboratory", "measured")
    return Plant(
        key="works",
        name="Works",
        time_zone="UTC",
        currency="EUR",
        equipment={key: Equipment(key=key, level="work_unit", name=key) for key in ("kiln", "press")},
        parameters={key: parameter(key, role) for key, role in zip(KEYS, roles, strict=True)},
        materials={},
        segments={},
        orders={},
        kpis={},
    )


@pytest.fixture
def historian(tmp_path):
    with ParquetHistorian(tmp_path / "store") as opened:
        yield opened


def tick(second, hardness=np.nan, known_second=0, piece="A"):
    """A tick whose values tell their second; the laboratory's happened an hour before it was known."""
    at_ns = START_NS + second * NS_PER_S
    known_ns = START_NS + known_second * NS_PER_S
    return Tick(
        at_ns=at_ns,
        parameters=KEYS,
        values=np.array([900.0 + second, 5.0, hardness, 40.0 + second]),
        statuses=np.array([0, 0, 0, 2 if second == 3 else 0], dtype=np.uint8),
        happened_ns=np.array([at_ns, at_ns, known_ns - NS_PER_H, at_ns]),
        known_ns=np.array([at_ns, at_ns, known_ns, at_ns]),
        pieces=(piece, piece, "before", ""),
    )


def scanned(historian, key):
    return historian.scan([key], as_of_ns=START_NS + NS_PER_H)


def test_each_second_is_one_observation(plant, historian):
    intake = LiveIntake(plant, historian, KEYS)
    assert intake.take([tick(second) for second in range(4)]) == 12
    kiln = scanned(historian, "kiln.temp")["live-kiln"]
    assert kiln["kiln.temp"].to_list() == [900.0, 901.0, 902.0, 903.0]
    assert kiln["start_ns"].to_list() == kiln["known_ns"].to_list() == [START_NS + s * NS_PER_S for s in range(4)]
    assert kiln["piece"].to_list() == ["A"] * 4


def test_what_is_on_no_piece_has_none_and_a_status_stays_with_its_value(plant, historian):
    LiveIntake(plant, historian, KEYS).take([tick(second) for second in range(4)])
    press = scanned(historian, "press.force")["live-press"]
    assert press["piece"].to_list() == [None] * 4
    assert press["press.force#"].to_list() == [0, 0, 0, 2]


def test_a_laboratory_result_is_written_once_when_it_is_known(plant, historian):
    intake = LiveIntake(plant, historian, KEYS)
    intake.take([tick(0), tick(1), tick(2, hardness=211.0, known_second=2), tick(3, hardness=211.0, known_second=2)])
    intake.take([tick(4, hardness=211.0, known_second=2), tick(5, hardness=214.0, known_second=5)])
    told = scanned(historian, "kiln.hardness")["live-kiln"].drop_nulls("kiln.hardness")
    assert told["kiln.hardness"].to_list() == [211.0, 214.0]
    assert told["piece"].to_list() == ["before", "before"]
    assert told["known_ns"].to_list() == [START_NS + s * NS_PER_S for s in (2, 5)]
    assert told["start_ns"].to_list() == [START_NS + s * NS_PER_S - NS_PER_H for s in (2, 5)]
    early = historian.scan(["kiln.hardness"], as_of_ns=START_NS + 4 * NS_PER_S)["live-kiln"]
    assert early.drop_nulls("kiln.hardness")["kiln.hardness"].to_list() == [211.0]


def test_the_same_ticks_again_change_nothing(plant, historian):
    ticks = [tick(second, hardness=200.0, known_second=0) for second in range(3)]
    LiveIntake(plant, historian, KEYS).take(ticks)
    rows = historian.info().rows
    LiveIntake(plant, historian, KEYS).take(ticks)
    assert historian.info().rows == rows


def test_nothing_to_take_is_nothing(plant, historian):
    assert LiveIntake(plant, historian, KEYS).take([]) == 0
    assert historian.info().rows == 0

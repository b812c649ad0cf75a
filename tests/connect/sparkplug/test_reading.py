"""Values out of payloads: types, times, quality, templates, datasets, and what is none of it."""

import math

import pytest

from pilothouse.wire.sparkplug import Datatype
from pilothouse.wire.sparkplug.datatype import put
from pilothouse.wire.sparkplug.metric import put_quality


@pytest.fixture
def begun(listening, edge):
    types = dict.fromkeys(("speed", "force"), Datatype.FLOAT) | {"level": Datatype.INT16, "count": Datatype.INT64}
    listening.say(edge.nbirth(), edge.dbirth(types, speed=1.0, force=2.0, power=3.0, level=-4, count=5, PIECE="H1"))
    return listening


def test_a_birth_tells_values(begun):
    assert [begun.values(key) for key in ("speed", "force", "power", "level", "count")] == [[1], [2], [3], [-4], [5]]
    assert [(p.place, p.piece) for p in begun.passages] == [("furnace", "H1")]
    assert begun.live[0][1] == 1_002 * 1_000_000  # the time of the payload, where the metric has none


def test_data_are_told_by_alias_with_their_own_time(begun, edge):
    begun.say(edge.ddata(at_ms=777, speed=0.0, level=-1))
    assert begun.live[-2:] == [("speed", 777_000_000, 0.0, 0), ("level", 777_000_000, -1.0, 0)]


def test_null_is_bad(begun, edge):
    begun.say(edge.ddata(speed=None))
    assert begun.marks("speed") == 1


@pytest.mark.parametrize(("status", "value"), [(0, 2.5), (1, 2.5), (2, 2.5)])
def test_the_quality_is_kept(begun, edge, status, value):
    topic, payload = edge.ddata(force=value)
    put_quality(payload.metrics[0], status)
    begun.say((topic, payload))
    assert begun.live[-1][2:] == (value, status)


def test_what_is_historical_is_replayed(begun, edge):
    begun.say(edge.ddata(speed=8.0, historical=True, at_ms=500))
    assert begun.replayed == [("speed", 500_000_000, 8.0, 0)]
    assert 8.0 not in begun.values("speed")


def test_numbers_in_the_wrong_field_are_read(begun, edge):
    topic, payload = edge.ddata(speed=1.0, level=1, count=1)
    payload.metrics[0].double_value = 2.25
    payload.metrics[1].long_value = 2**64 - 3
    payload.metrics[2].int_value = 7
    begun.say((topic, payload))
    assert [row[2] for row in begun.live[-3:]] == [2.25, -3.0, 7.0]


def test_eight_bits_in_thirty_two(begun, edge):
    topic, payload = edge.ddata(level=0)
    payload.metrics[0].int_value = 0xFFFE  # 16 bits, not filled up to 32
    begun.say((topic, payload))
    assert begun.live[-1][2] == -2.0


def test_floats_that_are_no_numbers_are_bad(begun, edge):
    begun.say(edge.ddata(speed=math.inf, force=math.nan))
    assert (begun.marks("speed"), begun.marks("force")) == (1, 1)


def test_a_text_for_a_number_is_bad_and_counted(begun, edge):
    topic, payload = edge.ddata(speed=1.0)
    payload.metrics[0].string_value = "fast"
    begun.say((topic, payload))
    assert (begun.marks("speed"), begun.health.counts["malformed"]) == (1, 1)


def test_a_time_that_cannot_be_is_counted(begun, edge):
    begun.say(edge.ddata(speed=6.0, at_ms=2**63))
    assert (begun.values("speed"), begun.health.counts["malformed"]) == ([1.0], 1)


def test_a_parameter_born_as_text_is_read_where_it_is_a_number(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed="2.5", force="x"), edge.ddata(speed="3.5"))
    assert (listening.values("speed"), listening.marks("force")) == ([2.5, 3.5], 1)


def test_pieces_come_and_go(begun, edge):
    begun.say(edge.ddata(PIECE=" H2 "), edge.ddata(PIECE=None))
    assert [(p.piece, p.since_ns) for p in begun.passages[1:]] == [("H2", 1_003_000_000), ("", 1_004_000_000)]


def test_datasets_and_what_nobody_asked_for_are_counted(listening, edge):
    birth = edge.nbirth()
    topic, payload = edge.dbirth(speed=1.0, extra=2.0)
    payload.metrics.add(name="table", alias=90, datatype=Datatype.DATASET).dataset_value.num_of_columns = 2
    payload.metrics.add(name="blob", alias=91, datatype=Datatype.BYTES).bytes_value = b"x"
    listening.say(birth, (topic, payload))
    assert listening.values("speed") == [1.0]
    assert (listening.health.counts["datasets"], listening.health.counts["unasked"]) == (1, 2)


def test_members_of_templates_are_values(make_listening, edge):
    listening = make_listening([("g/n/d/drive/rpm", "speed"), ("g/n/d/drive/inner/x", "force")])
    birth = edge.nbirth()
    topic, payload = edge.dbirth()
    drive = payload.metrics.add(name="drive", alias=5, datatype=Datatype.TEMPLATE).template_value
    put(drive.metrics.add(name="rpm"), Datatype.DOUBLE, 10.0)
    put(drive.metrics.add(name="inner").template_value.metrics.add(name="x"), Datatype.INT8, -3)
    listening.say(birth, (topic, payload))
    topic, payload = edge.ddata()
    drive = payload.metrics.add(alias=5, timestamp=600).template_value
    put(drive.metrics.add(name="rpm"), Datatype.DOUBLE, 11.0)
    put(drive.metrics.add(name="new"), Datatype.DOUBLE, 11.0)
    listening.say((topic, payload))
    assert listening.live == [
        ("speed", 1_002_000_000, 10.0, 0),
        ("force", 1_002_000_000, -3.0, 0),
        ("speed", 600_000_000, 11.0, 0),
    ]
    assert listening.health.counts["unasked"] == 1
    assert listening.commands == []


def test_a_metric_without_name_and_alias_is_not_the_one_with_alias_0(make_listening, edge):
    listening = make_listening([("g/n/d/speed", "speed")])
    edge.aliases["speed"] = 0
    topic, payload = edge.ddata(speed=9.0)
    payload.metrics[0].ClearField("alias")
    edge.number = 0
    payload.seq = 2
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), (topic, payload))
    assert (listening.values("speed"), listening.health.counts["malformed"]) == ([1.0], 1)


def test_names_without_aliases_do_as_well(listening, make_edge):
    edge = make_edge(is_aliased=False)
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), edge.ddata(speed=2.0))
    assert listening.values("speed") == [1.0, 2.0]


def test_the_good_ones_beside_a_damaged_one_are_read(begun, edge):
    topic, payload = edge.ddata(speed=6.0, force=7.0, level=8)
    payload.metrics[1].name = "qq"
    raw = payload.SerializeToString().replace(b"qq", b"\xff\xfe")
    begun.say((topic, raw))
    assert (begun.values("speed")[-1], begun.values("level")[-1], begun.values("force")) == (6.0, 8.0, [2.0])
    assert begun.health.counts["malformed"] == 1

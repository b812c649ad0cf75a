"""The host without its line: whose messages it takes, its share of the nodes, and a hundred thousand damaged ones."""

import sys

import pytest

from pilothouse.errors import ConfigError
from pilothouse.seeds import stream
from pilothouse.wire.sparkplug import Payload, Topic
from pilothouse.wire.sparkplug.metric import put_quality


def test_it_asks_the_broker_for_its_own_nodes(make_listening):
    listening = make_listening([("g/n/d/speed", "speed"), ("g/n/e/force", "force"), ("h/m/up", "up")])
    assert listening.host.filters == ("spBv1.0/g/+/n", "spBv1.0/g/+/n/+", "spBv1.0/h/+/m", "spBv1.0/h/+/m/+")


def test_every_node_is_the_share_of_just_one(make_listening):
    rows = [(f"g/n{k}/d/speed", f"p{k}") for k in range(300)]
    shares = [set(make_listening(rows, share=(k, 3)).host.where) for k in (1, 2, 3)]
    assert set.union(*shares) == set(range(300))
    assert sum(map(len, shares)) == 300
    assert min(map(len, shares)) > 60


def test_messages_of_others_are_left(listening, make_edge):
    other = make_edge(node="other")
    listening.say(other.nbirth(), other.dbirth(speed=1.0))
    assert (listening.live, listening.health.counts) == ([], {})


def test_commands_are_not_read(listening, edge):
    listening.say((Topic("g", "n", "", "NCMD"), Payload()))
    assert listening.health.counts == {}


def test_an_address_that_is_none_is_told(make_listening):
    with pytest.raises(ConfigError, match="group/edge-node"):
        make_listening([("speed", "speed")])


def test_a_hundred_thousand_damaged_payloads(listening, edge):
    """No error, no memory that grows, and every good value between them is read."""
    rng = stream(3, "payloads")
    payload = edge.nbirth(up=1.0)[1]
    names = ("speed", "force", "power", "level", "count", "PIECE")
    births = [edge.nbirth(), edge.dbirth(speed=1.0, force=2.0, power=3.0, level=4.0, count=5.0, PIECE="H1")]
    samples = [edge.dbirth(speed=1.0, PIECE="H2")[1], edge.ddata(speed=1.0, PIECE="H3")[1]]
    table = samples[0].metrics.add(name="t").dataset_value
    table.rows.add().elements.add().double_value = 1.0
    samples[1].metrics.add(name="m").template_value.metrics.add(name="x").float_value = 1.0
    put_quality(samples[1].metrics[0], 1)
    raws = [one.SerializeToString() for one in (*samples, payload, births[1][1])]
    kinds = ("NBIRTH", "NDEATH", "DBIRTH", "DDEATH", "DDATA", "NDATA")
    choices = rng.integers(0, (len(raws), len(kinds), 4), (100_000, 3))
    places = rng.random((100_000, 4))
    bytes_ = rng.integers(0, 256, (100_000, 4), dtype="uint8")
    good = blocks = 0
    for turn in range(100_000):
        which, kind, damage = choices[turn].tolist()
        raw = bytearray(raws[which])
        at = [int(place * len(raw)) for place in places[turn]]
        if damage == 0:
            del raw[at[0] :]
        elif damage == 1:
            raw[at[0] : at[0]] = bytes_[turn].tobytes()
        elif damage == 2:
            del raw[at[0] : at[0] + 1 + at[1] % 9]
        else:
            for place, byte in zip(at, bytes_[turn].tolist(), strict=True):
                raw[place] = byte
        damaged = edge.topic(kinds[kind])
        listening.host.take(damaged, bytes(raw), listening.now_ns)
        if turn % 1_000 == 0:
            for birth_topic, birth in births:
                birth.timestamp += 1_000
                listening.host.take(birth_topic, birth.SerializeToString(), listening.now_ns)
            edge.number = 2
            edge.now_ms += 100_000
            before = len(listening.wait(0).values("speed"))
            listening.say(*(edge.ddata(**{name: float(turn)}) for name in names[:5]))
            good += len(listening.values("speed")) - before == 1
            listening.live.clear()
            listening.replayed.clear()
            listening.passages.clear()
            listening.commands.clear()
        if turn == 20_000:
            blocks = sys.getallocatedblocks()
    assert good == 100
    listening.wait(0)
    for kept in (listening.live, listening.replayed, listening.passages):
        kept.clear()
    assert sys.getallocatedblocks() - blocks < 20_000
    assert listening.health.counts["malformed"] > 10_000

"""What a host knows of a node: births, gaps, doubt, rebirth, deaths."""

from pilothouse.wire.sparkplug import Datatype


def test_a_node_that_tells_nothing_is_asked_for_its_births(listening):
    assert listening.wait(999).commands == []
    assert listening.wait(1).commands == ["spBv1.0/g/NCMD/n"]
    assert listening.wait(5_000).commands == ["spBv1.0/g/NCMD/n"]  # it is not there: once is enough
    assert listening.health.stale == {"g/n"}


def test_one_that_is_born_in_time_is_not_asked(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0))
    assert listening.wait(10_000).commands == []
    assert listening.health.stale == set()


def test_data_before_a_birth_are_counted_and_the_birth_asked_for(listening, edge):
    listening.wait(1_000)
    edge.nbirth()
    listening.say(edge.ddata(speed=1.0, force=2.0))
    assert listening.commands == ["spBv1.0/g/NCMD/n"]  # not so soon again
    listening.wait(1_000)
    assert listening.commands == ["spBv1.0/g/NCMD/n"] * 2
    assert (listening.health.counts["before_birth"], listening.health.counts["rebirths"]) == (2, 2)
    listening.say(edge.nbirth(), edge.ddata(speed=1.0)).wait(1_000)
    assert len(listening.commands) == 3  # the node is born, the device is not
    listening.say(edge.dbirth(speed=3.0), edge.ddata(speed=4.0)).wait(5_000)
    assert (listening.values("speed"), len(listening.commands)) == ([3.0, 4.0], 3)


def test_an_unknown_alias_asks_for_births(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), edge.ddata(speed=2.0, force=3.0)).wait(1_000)
    assert (listening.values("speed"), listening.values("force")) == ([1.0, 2.0], [])
    assert (listening.health.counts["unknown"], listening.commands) == (1, ["spBv1.0/g/NCMD/n"])


def test_reordered_within_the_time_nothing_happens(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0))
    said = [edge.ddata(speed=float(k)) for k in range(1, 7)]
    listening.say(*(said[k] for k in (2, 0, 1, 5, 4, 3))).wait(10_000)
    assert listening.values("speed") == [0, 1, 2, 3, 4, 5, 6]
    assert not listening.commands
    assert "gaps" not in listening.health.counts


def test_repetitions_are_dropped_and_counted(listening, edge):
    born, said = [edge.nbirth(), edge.dbirth(speed=0.0)], [edge.ddata(speed=float(k)) for k in range(1, 4)]
    listening.say(*born, born[0], born[1], said[0], said[0], said[1], said[0], said[2], said[2]).wait(10_000)
    assert listening.values("speed") == [0, 1, 2, 3]
    assert listening.health.counts["repeated"] == 5
    assert not listening.commands


def test_round_the_clock(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=-1.0), *(edge.ddata(speed=float(k)) for k in range(700)))
    assert len(listening.values("speed")) == 701


def test_after_a_gap_values_wait_for_the_birth_that_confirms_them(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0))
    edge.ddata(speed=1.0)  # lost
    listening.say(edge.ddata(speed=2.0), edge.ddata(speed=3.0))
    assert listening.values("speed") == [0]
    listening.wait(100)
    assert listening.values("speed") == [0]  # what if the lost one gave the alias to another?
    listening.wait(900)
    assert listening.commands == ["spBv1.0/g/NCMD/n"]
    listening.say(edge.nbirth(), edge.dbirth(speed=4.0))
    assert listening.values("speed") == [0, 2, 3, 4]
    assert (listening.health.counts["gaps"], listening.health.counts["missing"]) == (1, 1)
    assert "doubtful" not in listening.health.counts


def test_where_the_birth_gives_the_alias_to_another_they_are_dropped_and_counted(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0, force=0.5))
    edge.ddata(speed=1.0)  # lost
    listening.say(edge.ddata(speed=2.0)).wait(1_000)
    edge.aliases = {"force": 1, "speed": 2}
    listening.say(edge.nbirth(), edge.dbirth(speed=4.0, force=5.0))
    assert (listening.values("speed"), listening.values("force")) == ([0, 4], [0.5, 5])
    assert listening.health.counts["doubtful"] == 1


def test_a_birth_that_is_lost_does_not_give_values_to_others(listening, edge):
    """The node is born again with other aliases, and both births are lost.

    Only where its numbers happen to go on as expected, one time in 256, nobody can see it.
    """
    listening.say(edge.nbirth(), edge.dbirth(speed=-1.0, force=0.5), edge.ddata(speed=0.0))
    edge.aliases = {"force": 1, "speed": 2}
    edge.nbirth(), edge.dbirth(speed=1.0, force=1.5)
    listening.say(edge.ddata(speed=2.0)).say(edge.ddata(speed=3.0)).wait(1_000)
    assert (listening.values("speed"), listening.values("force")) == ([-1, 0], [0.5])
    listening.say(edge.nbirth(), edge.dbirth(speed=4.0, force=5.0))
    assert (listening.values("speed"), listening.values("force")) == ([-1, 0, 4], [0.5, 5])
    assert listening.health.counts["doubtful"] == 2


def test_a_doubtful_node_is_asked_until_it_answers(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0))
    edge.ddata(speed=1.0)
    listening.say(edge.ddata(speed=2.0)).wait(1_000)
    for _ in range(3):
        listening.wait(1_000)
    assert len(listening.commands) == 4


def test_names_are_never_doubtful(listening, make_edge):
    edge = make_edge(is_aliased=False)
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0))
    edge.ddata(speed=1.0)
    listening.say(edge.ddata(speed=2.0)).wait(100)
    assert listening.values("speed") == [0, 2]


def test_what_is_held_is_bounded(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=0.0))
    edge.ddata(speed=1.0)
    listening.say(*(edge.ddata(speed=float(k)) for k in range(100))).wait(100)
    listening.say(*(edge.ddata(speed=float(k)) for k in range(2_500)))
    listening.say(edge.nbirth(), edge.dbirth(speed=-1.0))
    assert len(listening.values("speed")) == 2_002
    assert listening.health.counts["doubtful"] == 600


def test_a_dead_device_has_no_live_values(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), edge.ddeath())
    assert listening.health.stale == {"g/n/d"}
    assert listening.marks("speed") == 1
    assert listening.live[-1][1] == edge.now_ms * 1_000_000  # by the time of the message
    listening.say(edge.ddata(speed=2.0)).wait(1_000)
    assert len(listening.commands) == 1
    listening.say(edge.dbirth(speed=3.0))
    assert (listening.values("speed"), listening.health.stale) == ([1, 3], set())


def test_a_dead_node_takes_its_devices_along(listening, edge):
    listening.say(edge.nbirth(up=1.0), edge.dbirth(speed=1.0), edge.ndeath())
    assert listening.health.stale == {"g/n", "g/n/d"}
    assert (listening.marks("speed"), listening.marks("up"), listening.marks("power")) == (1, 1, 1)
    assert {row[1] for row in listening.live if row[2] != row[2]} == {listening.now_ns}
    edge.bd_seq += 1
    listening.say(edge.nbirth(up=1.0), edge.dbirth(speed=2.0))
    assert listening.health.stale == set()
    assert listening.values("speed") == [1, 2]


def test_the_death_of_an_earlier_session_is_ignored_and_counted(listening, edge):
    edge.bd_seq = 7
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), edge.ndeath(bd_seq=6), edge.ddata(speed=2.0))
    assert listening.values("speed") == [1, 2]
    assert listening.health.counts["deaths_ignored"] == 1


def test_a_lost_line_leaves_nothing_live(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0))
    listening.host.lose(listening.now_ns)
    listening.wait(0)
    assert listening.marks("speed") == 1
    assert listening.health.stale == {"g/n", "g/n/d"}


def test_a_death_before_the_birth_is_no_fault(listening, edge):
    listening.say(edge.ndeath(), edge.ddeath())
    assert listening.marks("speed") == 0


def test_a_clock_that_is_set_back_does_not_lose_a_birth(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0))
    edge.now_ms = 10
    listening.say(edge.nbirth(), edge.dbirth(speed=2.0), edge.ddata(speed=3.0))
    assert listening.values("speed") == [1, 2, 3]


def test_types_may_change_with_a_birth(listening, edge):
    listening.say(edge.nbirth(), edge.dbirth(speed=1.0), edge.nbirth(), edge.dbirth({"speed": Datatype.INT8}, speed=-2))
    assert listening.values("speed") == [1, -2]

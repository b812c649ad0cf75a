"""The watchdog: a counter while all is well, and the way back when it is not."""

from dataclasses import replace

import pytest

from pilothouse.clock import NS_PER_S
from pilothouse.errors import StoreError
from pilothouse.hub.watchdog import WRAPS, Watchdog
from pilothouse.ports import Health


@pytest.fixture
def line(works) -> Health:
    """The health of the connection that values come over."""
    return Health(connection="level-2", state="running", since_ns=works.time[0], last_ns=works.time[0])


@pytest.fixture
def watchdog(works) -> Watchdog:
    works.allow(heartbeat="alive", greatest_silence_ns=30 * NS_PER_S)
    return Watchdog(works.hub, works.gate, works.wires)


def beats(works) -> list[str]:
    return [line.split()[1] for line in works.plant.written() if line.startswith("alive")]


def test_the_counter_goes_on_from_what_the_plant_shows(works, watchdog, line) -> None:
    assert watchdog.look([line]).beat == 8
    assert watchdog.look([line]).beat is None, "it is not due yet"
    works.wait(1)
    assert watchdog.look([line]).beat == 9
    assert beats(works) == ["8.0", "9.0"]
    works.plant.says(f"W alive {WRAPS - 1}")
    assert Watchdog(works.hub, works.gate, works.wires).look([line]).beat == 0


def test_without_enabling_nothing_is_written(works, line) -> None:
    works.allow(enabled=False, heartbeat="alive")
    assert Watchdog(works.hub, works.gate, works.wires).look([line]).beat is None
    assert works.plant.written() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "waiting", "why": "no answer"}, "connection level-2 is waiting: no answer"),
        ({"stale": {"edge-1"}}, "connection level-2: edge-1 is dead"),
        ({"last_ns": None, "since_ns": 0}, "connection level-2 has brought nothing for 30 s"),
    ],
)
def test_when_the_plant_is_not_seen_the_counter_stands_and_set_points_go_back(
    works, watchdog, line, change, reason
) -> None:
    works.propose(valid_s=600)
    works.gate.dispatch("p1", by="bob")
    seen = watchdog.look([line])
    assert (seen.unwell, seen.taken_back) == ((), ())
    works.wait(10)
    lost = watchdog.look([replace(line, **change)])
    assert lost.unwell == (reason,)
    assert lost.beat is None
    assert [sent.ending for sent in lost.taken_back] == ["done"]
    assert works.payload("fall_back")["reasons"] == [reason]
    assert works.plant.says("R arc") == 3.0
    for _ in range(3):
        works.wait(1)
        assert watchdog.look([replace(line, **change)]).taken_back == ()
    assert [line for line in works.plant.written() if line.startswith("arc")] == ["arc 5.0", "arc 3.0"]


def test_silence_is_noticed(works, watchdog, line) -> None:
    works.wait(31)
    assert watchdog.look([line]).unwell == ("connection level-2 has brought nothing for 30 s",)
    assert beats(works) == []


def test_a_plant_that_comes_back_late_is_taken_back_then(works, watchdog, line) -> None:
    works.propose(valid_s=5)
    works.gate.dispatch("p1", by="bob")
    works.wait(6)
    port, works.wires._of["arc"].port = works.wires._of["arc"].port, 1
    tries = [watchdog.look([line]) for _ in range(3)]
    assert all(look.taken_back[0].ending == "refused" for look in tries)
    assert works.kinds().count("write_refused") == 1
    works.wires._of["arc"].port = port
    assert watchdog.look([line]).taken_back[0].ending == "done"
    assert works.plant.says("R arc") == 3.0


def test_a_lost_heartbeat_is_logged_once_and_its_return_once(works, watchdog, line, caplog) -> None:
    caplog.set_level("INFO")
    port, works.wires._of["alive"].port = works.wires._of["alive"].port, 1
    for _ in range(3):
        assert watchdog.look([line]).beat is None
    works.wires._of["alive"].port = port
    assert watchdog.look([line]).beat == 8
    assert [record.message.split(":")[0] for record in caplog.records if "heartbeat" in record.message] == [
        "heartbeat alive is lost",
        "heartbeat alive goes on",
    ]


def test_without_a_ledger_the_counter_stands(works, watchdog, line) -> None:
    works.hub.ledger.close()
    with pytest.raises(StoreError):
        watchdog.look([line])
    assert beats(works) == []

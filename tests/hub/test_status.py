"""The status is data, and a hub that is gone does not look as if it ran."""

from pathlib import Path

import pytest

from pilothouse.errors import StoreCorruptError
from pilothouse.hub.status import STALE_NS, HubStatus, health_json, read_status, write_status
from pilothouse.ports import Health


def status(*health: Health, **intake: object) -> HubStatus:
    return HubStatus(
        process=1, since_ns=0, at_ns=1_000, plant="mill", connections=tuple(map(health_json, health)), intake=intake
    )


def test_what_was_written_is_read(tmp_path: Path) -> None:
    told = status(Health(connection="a", state="running", counts={"values": 3}), waiting=0)
    write_status(tmp_path / "status.json", told)
    assert read_status(tmp_path / "status.json") == told
    assert read_status(tmp_path / "none.json") is None


def test_a_hub_that_says_nothing_is_not_running() -> None:
    assert status().is_running(1_000 + STALE_NS)
    assert not status().is_running(1_001 + STALE_NS)


def test_what_a_person_should_look_at() -> None:
    told = status(
        Health(connection="a", state="running"),
        Health(connection="b", state="waiting", why="nobody answers"),
        Health(connection="c", state="running", stale={"dev-1"}),
        refused="the disk is full",
        unobserved="KeyError('x')",
    )
    assert told.faults == (
        "b: waiting, nobody answers",
        "c: dev-1 dead",
        "intake: the disk is full",
        "intake: KeyError('x')",
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"process": 1}'])
def test_a_damaged_status_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    with pytest.raises(StoreCorruptError, match="cannot be understood"):
        read_status(tmp_path / "status.json")

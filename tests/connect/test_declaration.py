"""Connections as `plant.toml` declares them, with a kind of the tests' own."""

from pathlib import Path

from pilothouse.connect.declaration import Connection, read_connections
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

PLANT = Plant(
    key="p",
    name="P",
    time_zone="UTC",
    currency="EUR",
    equipment={},
    parameters={},
    materials={},
    segments={},
    orders={},
    kpis={},
)


class Loop:
    """A kind that needs one text."""

    def read(self, table: Table, plant: Plant) -> object:
        return table.text("url")

    def share(self, connection: Connection, number: int, of: int) -> None:
        return None

    def source(self, connection: Connection) -> object:
        raise NotImplementedError

    def outlet(self, connection: Connection) -> None:
        return None


def read(text: str) -> tuple[tuple[Connection, ...], list[str]]:
    found, faults = read_connections(Path(), Declaration.parse(text), PLANT, {"loop": Loop()})
    return found, [str(fault) for fault in faults]


def test_a_connection_has_what_all_have_and_what_its_kind_needs() -> None:
    found, faults = read('[[connection]]\nkey = "a"\nkind = "loop"\nurl = "here"\nevery_s = 0.1')
    assert faults == []
    assert (found[0].key, found[0].settings, found[0].every_ns) == ("a", "here", 100_000_000)


def test_every_fault_is_told_by_its_line() -> None:
    text = (
        '[[connection]]\nkey = "a"\nkind = "lop"\n[[connection]]\nkey = "a"\nkind = "loop"\nuri = "here"\nevery_s = 0'
    )
    found, faults = read(text)
    assert found == ()
    assert any("plant.toml:3" in fault and "Use loop" in fault for fault in faults)
    assert any("declared twice" in fault for fault in faults)
    assert any("uri" in fault for fault in faults)
    assert any("every_s" in fault for fault in faults)


def test_a_kind_that_cannot_be_shared_has_no_workers() -> None:
    found, faults = read('[[connection]]\nkey = "a"\nkind = "loop"\nurl = "here"\nworkers = 2')
    assert found == ()
    assert "plant.toml:5" in faults[0]
    assert "taken in by the hub itself" in faults[0]

"""Watching a plant from its record: a card for every parameter, and declared sensors against their redundancies."""

from pilothouse.clock import parse_instant
from pilothouse.errors import DataError
from pilothouse.hub.hub import Hub
from pilothouse.packs.steel.cards import Cards, cards_of
from pilothouse.packs.steel.cards import reads_of as cards_read
from pilothouse.packs.steel.declaration import read_virtual_tests
from pilothouse.packs.steel.owner import read_owners
from pilothouse.packs.steel.sensor_declaration import read_sensor_watches
from pilothouse.packs.steel.sensor_watch import SensorReport, look
from pilothouse.packs.steel.sensor_watch import reads_of as sensor_reads
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.folder import PLANT_FILE


def parameter_cards(hub: Hub, *, as_of_ns: int) -> Cards:
    """A card for every parameter as known at an instant; the first declared virtual test says what matters.

    Raises
    ------
    DataError
        If nothing was known by then.
    """
    plant = hub.workspace.plant
    declaration = Declaration.read(hub.workspace.root / PLANT_FILE)
    tests, _ = read_virtual_tests(declaration, plant)
    owners, _ = read_owners(declaration, plant)
    snapshot = hub.view(as_of_ns).snapshot(cards_read(plant))
    if all(frame.is_empty() for frame in snapshot.frames.values()):
        raise DataError("cards: nothing was known of any parameter", hint="import data, or ask as of a later instant")
    return cards_of(snapshot, plant, tests[0] if tests else None, owners)


def sensor_reports(hub: Hub, *, as_of_ns: int) -> tuple[SensorReport, ...]:
    """What the evidence says of every declared sensor, as known at an instant; none where none is declared.

    Raises
    ------
    DataError
        If a sensor showed too few pieces by then.
    """
    watches, _ = read_sensor_watches(Declaration.read(hub.workspace.root / PLANT_FILE), hub.workspace.plant)
    view = hub.view(as_of_ns)
    return tuple(look(view.snapshot(sensor_reads(watch)), watch) for watch in watches)


def instant(hub: Hub, asked: str) -> int:
    """The instant that a person means: ``now``, ``last`` for the end of the newest observation, or one as text.

    Raises
    ------
    DataError
        If nothing is recorded, so that there is no last.
    """
    if asked == "now":
        return hub.clock()
    if asked == "last":
        last_ns = hub.historian.info().last_ns
        if last_ns is None:
            raise DataError("as of last: nothing is recorded", hint="import data first")
        return last_ns
    return parse_instant(asked, hub.workspace.plant.time_zone)

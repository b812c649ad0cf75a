"""Run the plant side as a process.

::

    python -m pilothouse.edge.opcua plant silicon-mill --url opc.tcp://127.0.0.1:4840 --addresses addresses.csv
    python -m pilothouse.edge.opcua signals --parameters 1080 --hz 10 --url opc.tcp://127.0.0.1:4840
"""

import argparse
import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from pilothouse.edge.opcua.places import addresses_of, find_places, folders_of, uri_of, variables_of, write_addresses
from pilothouse.edge.opcua.plant import CLOCKS, PlantEdge
from pilothouse.edge.opcua.signals import run_signals, signal_space
from pilothouse.edge.opcua.space import Space
from pilothouse.errors import ConfigError
from pilothouse.plant.folder import PlantFolder
from pilothouse.plant.plant import Plant
from pilothouse.plants import LivePlant, PlantFamily, find_plant_families

URL: Final = "opc.tcp://127.0.0.1:4840"

_WATCHED_S: Final = 3_600
"""Plant seconds watched before it is shown, to see which parameters follow which piece."""

_OWN_TABLES: Final = frozenset({"schema", "plant", "equipment", "material", "segment", "kpi"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until interrupted."""
    given = _parser().parse_args(arguments)
    logging.getLogger("asyncua.server").setLevel(logging.ERROR)  # it warns of every server without certificates
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(given))


async def serve(given: argparse.Namespace) -> None:
    """Run what the arguments ask for, until cancelled."""
    if given.what == "signals":
        space = signal_space(given.url, given.parameters, keep_s=given.keep_s)
        await _served(space, run_signals(space, given.hz), given)
        return
    family = _family(given.family)
    plant = plant_of(family)
    live = await asyncio.to_thread(family.build, seed=given.seed, plant_variation=given.plant_variation)
    if not isinstance(live, LivePlant):
        raise ConfigError(f"plants of the family {family.key} cannot be watched live", hint="take silicon-mill")
    await asyncio.to_thread(live.run, given.pieces)
    space, edge = await asyncio.to_thread(plant_edge, plant, live, given)
    await _served(space, edge.run(), given)


def plant_edge(plant: Plant, live: LivePlant, given: argparse.Namespace) -> tuple[Space, PlantEdge]:
    """The server of a plant, and what runs the plant behind it; writes the list of addresses where asked."""
    places = find_places(plant, islice(live.live(_WATCHED_S), _WATCHED_S))
    if given.addresses is not None:
        write_addresses(given.addresses, addresses_of(plant, places))
    space = Space(given.url, uri_of(plant), folders_of(plant), variables_of(plant, places), keep_s=given.keep_s)
    return space, PlantEdge(plant, live, places, space, speed=given.speed, clock=given.clock)


def plant_of(family: PlantFamily) -> Plant:
    """The words of a family's plants.

    Raises
    ------
    ConfigError
        If its plant folder is at fault.
    """
    folder = PlantFolder.open(family.folder)
    plant, faults = folder.read([name for name in folder.declaration.content if name not in _OWN_TABLES])
    if plant is None:
        raise ConfigError(f"the plant folder of {family.key} is at fault: {faults[0]}", hint="run `pilothouse check`")
    return plant


async def _served(space: Space, work: Coroutine[object, object, None], given: argparse.Namespace) -> None:
    await space.start(certificate=given.certificate, private_key=given.private_key)
    try:
        await work
    finally:
        await space.stop()


def _family(key: str) -> PlantFamily:
    families = find_plant_families()
    if key not in families:
        raise ConfigError(f"there is no plant family {key!r}", hint=f"take one of: {', '.join(families)}")
    return families[key]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pilothouse.edge.opcua", description="A plant behind an OPC UA server.")
    kinds = parser.add_subparsers(dest="what", required=True)
    plant = kinds.add_parser("plant", help="a plant of a family, second by second")
    plant.add_argument("family", nargs="?", default="silicon-mill")
    plant.add_argument("--seed", type=int, default=1)
    plant.add_argument("--plant-variation", type=int, default=0)
    plant.add_argument("--pieces", type=int, default=0, help="made before it is shown")
    plant.add_argument("--speed", type=float, default=1.0, help="plant seconds in a second")
    plant.add_argument("--clock", choices=CLOCKS, default="wall", help="whose time values carry")
    plant.add_argument("--addresses", type=Path, default=None, help="write the list of addresses here")
    signals = kinds.add_parser("signals", help="numbers at a rate, for measuring")
    signals.add_argument("--parameters", type=int, default=1_080)
    signals.add_argument("--hz", type=float, default=10.0)
    for kind, keep_s in ((plant, 3_600.0), (signals, 120.0)):
        kind.add_argument("--url", default=URL)
        kind.add_argument("--keep-s", type=float, default=keep_s, help="how long values are kept for HistoryRead")
        kind.add_argument("--certificate", type=Path, default=None)
        kind.add_argument("--private-key", type=Path, default=None)
    return parser

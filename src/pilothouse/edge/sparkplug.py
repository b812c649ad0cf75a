"""A plant that does not exist, as an edge node of Sparkplug B.

Devices are the equipment, metrics the keys of its parameters. Each device has a text ``PIECE``: what is in it now. Of
a laboratory parameter ``KEY/PIECE`` tells the piece that its value is of. A command to a lever goes to the plant, for
the piece that the command names in ``PIECE``, else for the one that is there; a refusal is told by the unchanged value.
"""

import argparse
import asyncio
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from pilothouse.clock import NS_PER_S, now_ns, stopwatch_s
from pilothouse.edge.sparkplug_node import EdgeMetric, EdgeName, EdgeNode, Reading, Value
from pilothouse.errors import PluginError
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.folder import PlantFolder
from pilothouse.plant.parameter import Parameter
from pilothouse.plants import LivePlant, Tick, find_plant_families
from pilothouse.wire.mqtt import Broker
from pilothouse.wire.sparkplug import Datatype
from pilothouse.wire.sparkplug.metric import timestamp_ms

PIECE: Final = "PIECE"
_FOREVER: Final = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantClock:
    """The plant's time on the clock of the wall.

    Parameters
    ----------
    plant_ns, wall_ns
        An instant on both.
    speed
        How many seconds of the plant pass in one.

    Examples
    --------
    >>> PlantClock(plant_ns=0, wall_ns=100, speed=2.0).wall(50)
    125
    """

    plant_ns: int
    wall_ns: int
    speed: float

    def wall(self, plant_ns: int) -> int:
        """An instant of the plant on the clock of the wall."""
        return self.wall_ns + round((plant_ns - self.plant_ns) / self.speed)


class PlantNode:
    """Tells the ticks of a plant over an edge node.

    Parameters
    ----------
    plant
        Which plant.
    parameters
        Its parameters by key.
    make_node
        Makes the edge node of devices and of who carries out commands.
    speed
        How many seconds of the plant pass in one; over 1,000 two ticks would share a millisecond.
    """

    def __init__(
        self,
        plant: LivePlant,
        parameters: Mapping[str, Parameter],
        make_node: Callable[..., EdgeNode],
        *,
        speed: float = 1.0,
    ) -> None:
        if not 0.0 < speed <= 1_000.0:
            raise ValueError(f"speed: expected more than 0 and at most 1000, got {speed!r}")
        self._plant = plant
        self._parameters = parameters
        self._speed = speed
        self._metrics = metrics_of(parameters)
        self._place = {
            device: {metric.name: place for place, metric in enumerate(metrics)}
            for device, metrics in self._metrics.items()
        }
        self._pieces: dict[str, str] = {}
        self._told_ns: dict[str, int] = {}
        self.node: EdgeNode = make_node(devices=self._metrics, commanded=self._command)

    async def run(self, seconds: int = _FOREVER) -> None:
        """Run the plant for so many of its seconds, telling each tick at its time."""
        speaking = asyncio.create_task(self.node.run())
        try:
            clock: PlantClock | None = None
            begun_s = stopwatch_s()
            for tick in self._plant.live(seconds):
                if clock is None:
                    clock, begun_s = PlantClock(plant_ns=tick.at_ns, wall_ns=now_ns(), speed=self._speed), stopwatch_s()
                due_s = begun_s + (tick.at_ns - clock.plant_ns) / self._speed / NS_PER_S
                await asyncio.sleep(max(due_s - stopwatch_s(), 0.0))
                if speaking.done():
                    break
                for device, readings in self._readings(tick, clock):
                    self.node.tell(device, readings)
            if speaking.done():
                await speaking  # says why
        finally:
            speaking.cancel()
            with suppress(asyncio.CancelledError):
                await speaking

    def _readings(self, tick: Tick, clock: PlantClock) -> Iterator[tuple[str, list[Reading]]]:
        """What is new in a tick, by device."""
        by_device: dict[str, list[Reading]] = {}
        now_ms = timestamp_ms(clock.wall(tick.at_ns))
        there = ~np.isnan(tick.values)
        for place in np.flatnonzero(there).tolist():
            key = tick.parameters[place]
            happened_ns = int(tick.happened_ns[place])
            if self._told_ns.get(key) == happened_ns:
                continue
            self._told_ns[key] = happened_ns
            parameter = self._parameters[key]
            places, piece = self._place[parameter.equipment], tick.pieces[place]
            readings = by_device.setdefault(parameter.equipment, [])
            at_ms = timestamp_ms(clock.wall(happened_ns))
            if parameter.role == "laboratory":
                readings.append(Reading(places[f"{key}/{PIECE}"], piece or None, at_ms))
            elif piece != self._pieces.get(parameter.equipment):
                self._pieces[parameter.equipment] = piece
                readings.append(Reading(places[PIECE], piece or None, now_ms))
            readings.append(Reading(places[key], float(tick.values[place]), at_ms, int(tick.statuses[place])))
        yield from by_device.items()

    def _command(self, device: str, wanted: Mapping[str, Value]) -> Mapping[str, Value]:
        """Carry out a command; what was refused is not in what is given back."""
        named = wanted.get(PIECE)
        piece = named if isinstance(named, str) else self._pieces.get(device, "")
        shown: dict[str, Value] = {}
        for key, value in wanted.items():
            parameter = self._parameters.get(key)
            if parameter is None or parameter.role != "lever" or not isinstance(value, float):
                continue
            if self._plant.command(piece, key, value) is None:
                shown[key] = value
        return shown


def metrics_of(parameters: Mapping[str, Parameter]) -> dict[str, tuple[EdgeMetric, ...]]:
    """The metrics of each device."""
    metrics: dict[str, list[EdgeMetric]] = {}
    for parameter in parameters.values():
        of_device = metrics.setdefault(parameter.equipment, [EdgeMetric(PIECE, Datatype.STRING)])
        if parameter.role == "laboratory":
            of_device.append(EdgeMetric(f"{parameter.key}/{PIECE}", Datatype.STRING))
        of_device.append(EdgeMetric(parameter.key, Datatype.DOUBLE))
    return {device: tuple(of_device) for device, of_device in metrics.items()}


def addresses_of(parameters: Mapping[str, Parameter], *, group: str, node: str) -> list[dict[str, str]]:
    """The rows of ``addresses.csv`` by which the hub finds all of it; see :mod:`pilothouse.connect.address`."""
    rows: list[dict[str, str]] = []
    for device, metrics in metrics_of(parameters).items():
        for metric in metrics:
            row = {"address": f"{group}/{node}/{device}/{metric.name}", "parameter": "", "piece_of": "", "writable": ""}
            if metric.name == PIECE:
                row["piece_of"] = device
            elif metric.name in parameters:
                row["parameter"] = metric.name
                row["writable"] = "yes" if parameters[metric.name].role == "lever" else ""
            else:
                row["piece_of"] = metric.name.removesuffix(f"/{PIECE}")
            rows.append(row)
    return rows


def write_addresses(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write the rows as a list that the hub reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


async def serve(
    plant: LivePlant,
    parameters: Mapping[str, Parameter],
    broker: Broker,
    name: EdgeName,
    *,
    speed: float = 1.0,
    seconds: int = _FOREVER,
) -> None:
    """Play a plant over Sparkplug until it ends or is cancelled."""

    def make(**given: object) -> EdgeNode:
        return EdgeNode(broker, name, **given)  # type: ignore[arg-type]

    await PlantNode(plant, parameters, make, speed=speed).run(seconds)


def main(words: Sequence[str] | None = None) -> None:
    """Play an installed plant family: ``python -m pilothouse.edge.sparkplug silicon-mill --port 1883``.

    Raises
    ------
    PluginError
        If there is no such family, or its plants cannot be watched second by second.
    """
    asked = _parser().parse_args(words)
    family = find_plant_families().get(asked.family)
    plant = None if family is None else family.build(seed=asked.seed, plant_variation=asked.plant_variation)
    if family is None or not isinstance(plant, LivePlant):
        raise PluginError(
            f"plant family {asked.family!r}: expected one whose plants can be watched second by second",
            hint=f"installed are {', '.join(find_plant_families())}",
        )
    plant.run(asked.pieces)
    parameters = parameters_of(family.folder)
    if asked.addresses is not None:
        write_addresses(asked.addresses, addresses_of(parameters, group=asked.group, node=asked.node))
    broker = Broker(host=asked.host, port=asked.port, client_id=f"{asked.group}-{asked.node}")
    with suppress(KeyboardInterrupt):
        asyncio.run(
            serve(
                plant,
                parameters,
                broker,
                EdgeName(group=asked.group, node=asked.node, host_id=asked.host_id),
                speed=asked.speed,
                seconds=asked.seconds,
            )
        )


def parameters_of(folder: Path) -> Mapping[str, Parameter]:
    """The parameters of a plant folder, whatever tables packs read in it.

    Raises
    ------
    ConfigError
        If the folder cannot be used.
    """
    elsewhere = Declaration.read(folder / "plant.toml").content
    plant, faults = PlantFolder.open(folder).read(tuple(elsewhere))
    assert plant is not None, faults
    return plant.parameters


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pilothouse.edge.sparkplug", description=main.__doc__)
    parser.add_argument("family")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--group", default="plant")
    parser.add_argument("--node", default="edge")
    parser.add_argument("--host-id", default="", help="the primary host to wait for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant-variation", type=int, default=0)
    parser.add_argument("--pieces", type=int, default=0, help="made before it is shown")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the plant in one second")
    parser.add_argument("--seconds", type=int, default=_FOREVER, help="of the plant")
    parser.add_argument("--addresses", type=Path, help="where to write the list of addresses")
    return parser


if __name__ == "__main__":
    main()

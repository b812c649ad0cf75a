"""A plant that does not exist, second by second, behind an OPC UA server; what clients write goes to its levers."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

import numpy as np

from pilothouse.clock import NS_PER_S, now_ns
from pilothouse.edge.opcua.places import Places
from pilothouse.edge.opcua.space import Space
from pilothouse.edge.opcua.wall import Wall
from pilothouse.plant.plant import Plant
from pilothouse.plants import LivePlant, Tick

CLOCKS: Final = ("wall", "plant")
"""Whose time values carry: the machine's, so that they are fresh, or the plant's own."""

_LAG_NS: Final = 5 * NS_PER_S
_FOR_EVER: Final = 10**9

_log = logging.getLogger(__name__)


class PlantEdge:
    """Runs a plant behind a server.

    A command is for the piece that the equipment's set-points are waiting for. Nobody can name it over a node, so the
    plant is asked for each piece that stands somewhere in it, the latest first, and takes the one whose next segment
    the set-point belongs to. Until that piece passes, the node shows what was commanded.

    Parameters
    ----------
    plant
        Its words.
    live
        The plant itself.
    places
        Which node tells which piece.
    space
        The server.
    speed
        Plant seconds in a second.
    clock
        One of :data:`CLOCKS`.
    """

    def __init__(
        self,
        plant: Plant,
        live: LivePlant,
        places: Places,
        space: Space,
        *,
        speed: float = 1.0,
        clock: str = "wall",
    ) -> None:
        if clock not in CLOCKS:
            raise ValueError(f"clock: expected one of {', '.join(CLOCKS)}, got {clock!r}")
        self._live, self._places, self._space, self._speed, self._clock = live, places, space, speed, clock
        self._own_turn = asyncio.Lock()
        self._roles = {key: parameter.role for key, parameter in plant.parameters.items()}
        self._commanded: dict[str, tuple[float, float]] = {}
        self._told: dict[str, str] = {}
        self._known_ns: dict[str, int] = {}
        self._last: Tick | None = None
        self._laboratory = np.empty(0, dtype=np.intp)
        self._online = np.empty(0, dtype=np.intp)
        self._keys: list[str] = []
        space.command = self.command

    async def run(self) -> None:
        """Show tick after tick, each at its time."""
        ticks: Iterator[Tick] = self._live.live(_FOR_EVER)
        wall: Wall | None = None
        while True:
            async with self._own_turn:
                tick = await asyncio.to_thread(next, ticks)
            if wall is None:
                wall = Wall(plant_ns=tick.at_ns, wall_ns=now_ns(), speed=self._speed)
                self._look_at(tick)
            ahead_ns = wall.instant(tick.at_ns) - now_ns()
            if ahead_ns < -_LAG_NS:
                wall.begin_again(tick.at_ns, now_ns())
            await asyncio.sleep(max(ahead_ns, 0) / NS_PER_S)
            await self._show(tick, wall)

    async def command(self, key: str, value: float) -> bool:
        """Give a command to the plant; False where it refuses."""
        tick = self._last
        if tick is None:
            return False
        reasons: list[str] = []
        for piece in self._pieces(tick):
            async with self._own_turn:
                refusal = await asyncio.to_thread(self._live.command, piece, key, value)
            if refusal is None:
                shown = float(tick.values[tick.parameters.index(key)])
                self._commanded[key] = (value, shown)
                await self._space.show([key], np.array([value]), np.zeros(1, dtype=np.uint8), now_ns())
                return True
            reasons.append(refusal.reason)
        _log.info("command refused", extra={"parameter": key, "value": value, "reasons": reasons})
        return False

    def _look_at(self, tick: Tick) -> None:
        laboratory = np.array([self._roles[key] == "laboratory" for key in tick.parameters])
        self._laboratory, self._online = np.flatnonzero(laboratory), np.flatnonzero(~laboratory)
        self._keys = [tick.parameters[place] for place in self._online.tolist()]

    async def _show(self, tick: Tick, wall: Wall) -> None:
        self._last = tick
        values, statuses = tick.values[self._online], tick.statuses[self._online].copy()
        for row, key in enumerate(self._keys):
            if key in self._commanded:
                commanded, before = self._commanded[key]
                if values[row] == before or (values[row] != values[row] and before != before):  # noqa: PLR0124 - NaN
                    values[row] = commanded
                else:
                    del self._commanded[key]
        statuses[np.isnan(values)] = 2
        await self._show_pieces(tick, wall)
        await self._show_results(tick, wall)
        await self._space.show(self._keys, values, statuses, self._instant(tick.at_ns, wall))

    async def _show_pieces(self, tick: Tick, wall: Wall) -> None:
        for key, place in (*self._places.equipment.items(), *self._places.own.items()):
            piece = tick.pieces[place]
            if self._told.get(key) != piece:
                self._told[key] = piece
                at_ns = self._instant(int(tick.happened_ns[place]) or tick.at_ns, wall)
                await self._space.show_one(f"{key}.PIECE", piece, 0, at_ns)

    async def _show_results(self, tick: Tick, wall: Wall) -> None:
        for place in self._laboratory.tolist():
            key, known_ns = tick.parameters[place], int(tick.known_ns[place])
            value = float(tick.values[place])
            if known_ns != self._known_ns.get(key) and value == value:  # noqa: PLR0124 - NaN: nothing known yet
                self._known_ns[key] = known_ns
                at_ns = self._instant(int(tick.happened_ns[place]), wall)
                await self._space.show_one(key, value, int(tick.statuses[place]), at_ns)

    def _instant(self, plant_ns: int, wall: Wall) -> int:
        return wall.instant(plant_ns) if self._clock == "wall" else plant_ns

    def _pieces(self, tick: Tick) -> list[str]:
        """Every piece that stands somewhere, the latest first."""
        order = np.argsort(tick.happened_ns, kind="stable")[::-1].tolist()
        return list(dict.fromkeys(tick.pieces[place] for place in order if tick.pieces[place]))

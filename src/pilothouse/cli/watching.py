"""Watching a plant live: its history imported, then every second of it taken in, and what it came to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.live import Live
from rich.table import Table

from pilothouse.cli.output import number, people, progress, say, say_json, table
from pilothouse.clock import format_instant, stopwatch_s
from pilothouse.errors import ConfigError, use_known
from pilothouse.hub.hub import Hub
from pilothouse.hub.live import LiveIntake
from pilothouse.hub.proving_ground import FILES, build_plant, run_pieces, write_workspace
from pilothouse.plant.plant import Plant
from pilothouse.plants import LivePlant, PlantFamily, Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Which plant is watched, and how.

    Parameters
    ----------
    family, seed, plant_variation
        The plant.
    folder
        The workspace that is made of it.
    pieces
        Made before it is watched.
    seconds, speed
        For how many seconds, and how many of the plant's go into each.
    disturbances
        Switched on after a third of the time.
    """

    family: PlantFamily
    folder: Path
    pieces: int
    seed: int
    plant_variation: int
    seconds: int
    speed: int
    disturbances: tuple[str, ...]


def watch_plant(watched: Watched, *, wait: bool, as_json: bool) -> None:
    """Make the plant's history, import it, and take in every second that follows.

    Parameters
    ----------
    watched
        What, and how.
    wait
        Whether a second of ours takes a second; else it goes as fast as it can.
    as_json
        Say it as JSON at the end, and nothing before.

    Raises
    ------
    ConfigError
        If the plant cannot be watched, or has no disturbance of that name.
    """
    with progress("1 the plant runs in", quiet=as_json):
        plant = _live_plant(watched)
    with progress(f"2 it makes {watched.pieces} pieces", quiet=as_json) as step:
        run_pieces(plant, watched.pieces, step)
        write_workspace(watched.family, plant, watched.folder)
    with Hub.open(watched.folder) as hub:
        with progress("3 import its files", quiet=as_json) as step:
            report = hub.import_files(watched.folder / FILES, lambda _mapping, done, total: step(done, total))
        began_s = stopwatch_s()
        tick, values = _take_in(hub, plant, watched, wait=wait, quiet=as_json)
        took_s = stopwatch_s() - began_s
        declared = hub.workspace.plant
    seconds = watched.seconds * watched.speed
    if as_json:
        live = {"seconds": seconds, "values": values, "times_real_time": seconds / took_s, "until": _at(tick, declared)}
        say_json(
            {
                "plant": watched.family.key,
                "parameters": len(tick.parameters),
                "history": {"pieces": watched.pieces, "observations": report.new},
                "live": live | {"disturbances": list(watched.disturbances)},
                "figures": {name: figure.as_json() for name, figure in plant.figures().items()},
                "workspace": str(watched.folder),
            }
        )
        return
    pace = seconds / took_s
    say(f"{report.new:,} observations imported: {watched.pieces:,} pieces from their first segment to their last")
    say(
        f"{values:,} live values of {len(tick.parameters):,} parameters taken in, {pace:.0f} times as fast as they came"
    )
    rows = [(name, number(f.value, f.value), f.unit) for name, f in plant.figures().items()]
    table("What it came to so far", ("", ">", "unit"), rows)
    say(f"workspace  {watched.folder}\nnext       pilothouse prove {watched.family.key} --months 3")


def _live_plant(watched: Watched) -> LivePlant:
    plant = build_plant(watched.family, seed=watched.seed, plant_variation=watched.plant_variation, practice="")
    if not isinstance(plant, LivePlant):
        raise ConfigError(
            f"plant family {watched.family.key} declares no scenario and cannot be watched live",
            hint="run it with pilothouse prove",
        )
    for name in watched.disturbances:
        if name not in plant.disturbances and ":" not in name:
            hint = use_known(name, tuple(plant.disturbances))
            raise ConfigError(f"plant family {watched.family.key} has no disturbance {name!r}", hint=hint)
    return plant


def _take_in(hub: Hub, plant: LivePlant, watched: Watched, *, wait: bool, quiet: bool) -> tuple[Tick, int]:
    """Every second into the historian; gives the last tick, and how many values there were."""
    intake: LiveIntake | None = None
    values = 0
    with _screen(quiet=quiet) as show:
        for second in range(watched.seconds):
            began_s = stopwatch_s()
            if second == watched.seconds // 3:
                for name in watched.disturbances:
                    _disturb(plant, name)
            ticks = list(plant.live(watched.speed))
            intake = intake or LiveIntake(hub.workspace.plant, hub.historian, ticks[0].parameters)
            values += intake.take(ticks)
            show(_state(ticks[-1], hub.workspace.plant))
            if wait:
                time.sleep(max(1.0 - (stopwatch_s() - began_s), 0.0))
    return ticks[-1], values


def _disturb(plant: LivePlant, name: str) -> None:
    try:
        plant.disturb(name)
    except ValueError as error:
        raise ConfigError(str(error)) from error


class _Show:
    """What draws a table in place."""

    def __init__(self, live: Live | None) -> None:
        self._live = live

    def __call__(self, drawn: Table) -> None:
        if self._live is not None:
            self._live.update(drawn, refresh=True)


@contextmanager
def _screen(*, quiet: bool) -> Iterator[_Show]:
    """A table that is drawn anew in place; nothing where nobody looks."""
    if quiet or not people.is_terminal:
        yield _Show(None)
        return
    with Live(console=people, auto_refresh=False) as live:
        yield _Show(live)


def _state(tick: Tick, plant: Plant) -> Table:
    """One line a unit: what is in it, and its first measured values."""
    drawn = Table(title=f"{plant.name}, {_at(tick, plant)}", title_justify="left", box=None, pad_edge=False)
    for column in ("unit", "piece", "parameters", "first measured values"):
        drawn.add_column(column)
    by_unit: dict[str, list[int]] = {}
    for place, key in enumerate(tick.parameters):
        by_unit.setdefault(plant.parameters[key].equipment, []).append(place)
    for unit, places in by_unit.items():
        measured = [k for k in places if plant.parameters[tick.parameters[k]].role == "measured"][:2]
        told = ", ".join(_value(tick, k, plant) for k in measured)
        drawn.add_row(plant.equipment[unit].name, tick.pieces[places[0]] or "-", str(len(places)), told)
    return drawn


def _value(tick: Tick, place: int, plant: Plant) -> str:
    parameter = plant.parameters[tick.parameters[place]]
    name = parameter.name.partition(": ")[2] or parameter.name
    return (
        f"{name} {number(float(tick.values[place]), (parameter.high or 1.0) - (parameter.low or 0.0))} {parameter.unit}"
    )


def _at(tick: Tick, plant: Plant) -> str:
    return format_instant(tick.at_ns, plant.time_zone)

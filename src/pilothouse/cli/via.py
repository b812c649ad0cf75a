"""`demo --via`: a plant that does not exist behind a real protocol, and the hub that serves beside it."""

import asyncio
import logging

from rich.live import Live
from rich.table import Table

from pilothouse.cli.output import people, progress, say, say_json
from pilothouse.cli.watching import Watched
from pilothouse.errors import ConfigError, use_known
from pilothouse.hub.edge_process import PROTOCOLS, EdgePlant, edge
from pilothouse.hub.hub import Hub
from pilothouse.hub.live_tier import open_series
from pilothouse.hub.proving_ground import FILES, build_plant, run_pieces, write_workspace
from pilothouse.hub.serving import Serving
from pilothouse.hub.status import HubStatus
from pilothouse.plants import LivePlant

LOOK_S = 1.0


def serve_via(via: str, watched: Watched, *, as_json: bool) -> None:
    """Make a plant's history, put the plant behind a protocol, and let the hub serve beside it for a while.

    Parameters
    ----------
    via
        The protocol.
    watched
        Which plant, and for how many seconds.
    as_json
        Say it as JSON at the end, and nothing before.

    Raises
    ------
    ConfigError
        If the protocol is not known, or the plant cannot be watched second by second.
    """
    if via not in PROTOCOLS:
        raise ConfigError(f"--via: expected {' or '.join(PROTOCOLS)}, got {via!r}", hint=use_known(via, PROTOCOLS))
    if watched.disturbances:
        raise ConfigError("a plant behind a protocol takes no disturbances", hint="leave out --disturb, or --via")
    with progress(f"1 the plant makes {watched.pieces} pieces", quiet=as_json) as step:
        plant = build_plant(watched.family, seed=watched.seed, plant_variation=watched.plant_variation, practice="")
        if not isinstance(plant, LivePlant):
            raise ConfigError(f"plants of {watched.family.key} cannot be watched live", hint="take silicon-mill")
        run_pieces(plant, watched.pieces, step)
        write_workspace(watched.family, plant, watched.folder)
    with Hub.open(watched.folder) as hub, progress("2 its files are imported", quiet=as_json) as step:
        report = hub.import_files(watched.folder / FILES, lambda _mapping, done, total: step(done, total))
    which = EdgePlant(
        family=watched.family.key,
        seed=watched.seed,
        plant_variation=watched.plant_variation,
        pieces=watched.pieces,
        speed=float(watched.speed),
    )
    with progress(f"3 the plant goes behind {via}", quiet=as_json), edge(via, which, watched.folder):
        status, values = asyncio.run(_serve(watched, quiet=as_json))
    if as_json:
        live = {"via": via, "seconds": watched.seconds, "values": values, "connections": list(status.connections)}
        history = {"pieces": watched.pieces, "observations": report.new}
        workspace = str(watched.folder)
        say_json({"history": history, "live": live, "intake": dict(status.intake), "workspace": workspace})
        return
    people.print(_drawn(status))
    say(f"{values:,} values of the live tier are in the workspace {watched.folder}")
    say(f"next  pilothouse historian verify {watched.folder}")


async def _serve(watched: Watched, *, quiet: bool) -> tuple[HubStatus, int]:
    """Serve for so many seconds; how it did just before it ended, and how many values it has."""
    logging.getLogger("pilothouse").setLevel(logging.ERROR)  # what a connection does is shown in the table
    stop = asyncio.Event()
    with Hub.open(watched.folder) as hub, open_series(hub.workspace) as series:
        serving = Serving(hub, series)
        task = asyncio.create_task(serving.run(stop))
        status = serving.status()
        with Live(console=people, auto_refresh=False, transient=True) as screen:
            for _ in range(watched.seconds):
                done, _ = await asyncio.wait({task}, timeout=LOOK_S)
                status = serving.status()
                if not quiet and people.is_terminal:
                    screen.update(_drawn(status), refresh=True)
                if done:
                    break
        stop.set()
        await task
        return status, series.info().values


def _drawn(status: HubStatus) -> Table:
    """One line a connection."""
    drawn = Table(title="The hub beside the plant", title_justify="left", caption_justify="left", box=None)
    for column in ("connection", "state", "counts", "why"):
        drawn.add_column(column)
    for one in status.connections:
        counts = one["counts"]
        assert isinstance(counts, dict)
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
        drawn.add_row(str(one["connection"]), str(one["state"]), told, str(one["why"]))
    said = ", ".join(f"{name} {count:,}" for name, count in status.intake.items() if isinstance(count, int))
    drawn.caption = f"intake: {said}"
    return drawn

"""`serve` and `status`: the hub beside a running plant, and how it does."""

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import say, say_json, table
from pilothouse.clock import NS_PER_S, format_instant, now_ns
from pilothouse.errors import ConfigError
from pilothouse.hub.hub import Hub
from pilothouse.hub.live_tier import open_series
from pilothouse.hub.serving import Serving
from pilothouse.hub.status import HubStatus, read_status
from pilothouse.hub.workspace import open_workspace


def serve(folder: Folder) -> None:
    """Take in what the plant's systems bring, until Ctrl-C or SIGTERM; `pilothouse status` shows how it does.

    Example: pilothouse serve mill
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("pilothouse").setLevel(logging.INFO)
    asyncio.run(_serve(folder))


class _Line(logging.Formatter):
    """One line an event: when, how grave, what, and its named values."""

    _PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value!r}" for name, value in vars(record).items() if name not in self._PLAIN)
        line = f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage()} {told}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


async def _serve(folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no such handlers: there Ctrl-C cancels the whole
            loop.add_signal_handler(number, stop.set)
    with Hub.open(folder) as hub, open_series(hub.workspace) as series:
        await Serving(hub, series).run(stop)


def status(folder: Folder, as_json: AsJson = False) -> None:
    """Show how a running hub does: its connections, what waits, and what a person should look at.

    Exit code 1 where no hub runs or something needs a person.

    Example: pilothouse status mill
    """
    workspace = open_workspace(folder)
    told, now = read_status(workspace.status), now_ns()
    if told is None:
        raise ConfigError("no hub ever ran on this folder", hint="start one: pilothouse serve DIR", folder=str(folder))
    is_running = told.is_running(now)
    if as_json:
        say_json({"running": is_running, "faults": list(told.faults), **_json(told)})
    else:
        _show(told, now, workspace.plant.time_zone)
    raise typer.Exit(0 if is_running and not told.faults else 1)


def _json(told: HubStatus) -> dict[str, object]:
    return {
        "process": told.process,
        "since_ns": told.since_ns,
        "at_ns": told.at_ns,
        "plant": told.plant,
        "connections": list(told.connections),
        "intake": dict(told.intake),
        "scenarios": dict(told.scenarios),
    }


def _show(told: HubStatus, now: int, zone: str) -> None:
    at = format_instant(told.at_ns, zone)
    if told.is_running(now):
        say(f"running since {format_instant(told.since_ns, zone)} (process {told.process})", "bold green")
    else:
        say(f"not running: nothing was said since {at} (process {told.process})", "bold red")
    rows = [
        (
            str(one["connection"]),
            str(one["state"]),
            "-" if one["last_ns"] is None else f"{(now - int(one['last_ns'])) / NS_PER_S:.0f} s",  # type: ignore[call-overload]
            ", ".join(f"{name} {count:,}" for name, count in one["counts"].items()),  # type: ignore[attr-defined]
            str(one["why"]),
        )
        for one in told.connections
    ]
    table("Connections", ("connection", "state", "last value>", "counts", "why"), rows)
    say("intake  " + ", ".join(f"{name} {count:,}" for name, count in told.intake.items() if isinstance(count, int)))
    for fault in told.faults:
        say(f"look at  {fault}", "bold yellow")

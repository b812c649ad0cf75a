"""`connect`: what stands at the other end of a connection."""

import asyncio
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pilothouse.cli.options import AsJson
from pilothouse.cli.output import progress, say, say_json, table
from pilothouse.connect.address import COLUMNS
from pilothouse.connect.declaration import TABLE
from pilothouse.errors import ConfigError, Fault, use_known
from pilothouse.plant.folder import PlantFolder
from pilothouse.plant.plant import Plant

if TYPE_CHECKING:
    from pilothouse.connect.opcua.browse import Found
    from pilothouse.connect.opcua.matching import Match
    from pilothouse.connect.opcua.settings import Settings

# The protocol is loaded by the command that speaks it: no other command should wait for it.

connect = typer.Typer(
    help="Look at what stands at the other end of a connection.", no_args_is_help=True, rich_markup_mode=None
)

PROPOSED: Final = "addresses-proposed.csv"
_SHOWN: Final = 40
_PLANT_TABLES: Final = frozenset({"schema", "plant", "equipment", "material", "segment", "kpi"})


@connect.command("browse")
def browse_nodes(
    target: Annotated[str, typer.Argument(metavar="URL|DIR", help="An OPC UA server, or a plant folder.")],
    plant: Annotated[
        Path | None, typer.Option("--plant", metavar="DIR", help="Match the nodes of a URL to this plant.")
    ] = None,
    connection: Annotated[
        str, typer.Option("--connection", help="Which connection of the folder; needless where there is one.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the proposed list is written; new, never over another.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the nodes of an OPC UA server and propose which is which parameter.

    A plant folder is browsed by the settings of its connection, and a list of addresses is proposed beside its
    plant.toml: check it, fill in units and what may be written, then name it in the connection.

    Example: pilothouse connect browse opc.tcp://192.168.10.5:4840
    """
    from pilothouse.connect.opcua.browse import browse  # noqa: PLC0415
    from pilothouse.connect.opcua.matching import match  # noqa: PLC0415
    from pilothouse.connect.opcua.settings import Settings  # noqa: PLC0415

    root = None if target.startswith("opc.tcp://") else Path(target)
    folder = None if (root or plant) is None else PlantFolder.open(root or plant or Path())
    settings = Settings(url=target) if root is None or folder is None else _settings(folder, connection)
    words = None if folder is None else _words(folder)
    with progress("browse", quiet=as_json) as step:
        found = asyncio.run(browse(settings, root or Path(), progress=step))
    matched, written = None, None
    if words is not None and folder is not None:
        matched = match(found, words)
        written = _write(matched.rows, out or folder.root / PROPOSED)
    if as_json:
        say_json(_as_json(settings.url, found, matched, written))
    else:
        _show(settings.url, found, matched, written)


def _settings(folder: PlantFolder, key: str) -> "Settings":
    """The settings of an OPC UA connection of a folder."""
    from pilothouse.connect.opcua.settings import read_settings  # noqa: PLC0415

    faults: list[Fault] = []
    read: dict[str, Settings | None] = {}
    for one in folder.declaration.tables(TABLE, faults):
        if one.text("kind", default="") == "opcua":
            read[one.text("key", default="")] = read_settings(one)
    if faults:
        raise ConfigError(str(faults[0]), hint="mend it and try again")
    if not read:
        raise ConfigError(
            "plant.toml declares no connection of kind opcua", hint="add a [[connection]], or browse a URL with --plant"
        )
    if key and key not in read:
        raise ConfigError(f"there is no OPC UA connection {key!r}", hint=use_known(key, read))
    if not key and len(read) > 1:
        raise ConfigError("several connections of kind opcua", hint=f"say --connection, one of: {', '.join(read)}")
    settings = read[key] if key else next(iter(read.values()))
    assert settings is not None  # without a fault there are settings
    return settings


def _words(folder: PlantFolder) -> Plant:
    plant, faults = folder.read([name for name in folder.declaration.content if name not in _PLANT_TABLES])
    if plant is None:
        raise ConfigError(f"{len(faults)} faults in the plant folder, the first: {faults[0]}", hint="run `check` on it")
    return plant


def _write(rows: Sequence[Mapping[str, str]], path: Path) -> Path:
    """A new list of addresses."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            sheet = csv.DictWriter(file, [*COLUMNS.required, *COLUMNS.optional], lineterminator="\n")
            sheet.writeheader()
            sheet.writerows(rows)
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already", hint="move it away, or name another with --out") from error
    return path


def _show(url: str, found: "list[Found]", matched: "Match | None", written: Path | None) -> None:
    variables = [node for node in found if node.is_variable]
    shown = variables[:_SHOWN]
    table(
        f"{url}: {len(variables):,} variables of {len(found):,} nodes",
        ("address", "path"),
        ((n.address, n.path) for n in shown),
    )
    if len(variables) > len(shown):
        say(f"and {len(variables) - len(shown):,} more: all of them with --json")
    if matched is None:
        return
    say(
        f"{len(matched.rows):,} matched, {len(matched.unmatched):,} parameters without a node, "
        f"{len(matched.ambiguous):,} with several"
    )
    for key, addresses in list(matched.ambiguous.items())[:_SHOWN]:
        say(f"{key}: {', '.join(addresses[:4])}")
    say(f"proposed: {written}; check it before you name it in the connection")


def _as_json(url: str, found: "list[Found]", matched: "Match | None", written: Path | None) -> dict[str, object]:
    told: dict[str, object] = {
        "ok": True,
        "url": url,
        "nodes": [
            {"address": n.address, "name": n.name, "title": n.title, "path": n.path, "is_variable": n.is_variable}
            for n in found
        ],
    }
    if matched is not None:
        told["matched"] = [dict(row) for row in matched.rows]
        told["unmatched"] = list(matched.unmatched)
        told["ambiguous"] = {key: list(addresses) for key, addresses in matched.ambiguous.items()}
        told["written"] = str(written)
    return told

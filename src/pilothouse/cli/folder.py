"""`init` and `check`: a plant folder made, and looked through."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import say, say_json
from pilothouse.errors import ConfigError
from pilothouse.hub.workspace import check_folder, create_workspace, templates


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    source: Annotated[str, typer.Option("--from", help="An example by name, or a plant folder to copy.")],
    as_json: AsJson = False,
) -> None:
    """Make a plant folder from an example.

    Example: pilothouse init lf --from ladle-furnace
    """
    made = create_workspace(folder, source)
    if as_json:
        say_json({"ok": True, "folder": str(made), "examples": sorted(templates())})
        return
    say(f"{made}: plant folder from {source}. Next: pilothouse import {made} FILES")


def check(folder: Folder, as_json: AsJson = False) -> None:
    """Say everything that is wrong in a plant folder, with file, line and remedy.

    Example: pilothouse check lf
    """
    workspace, faults = check_folder(folder)
    if as_json:
        say_json({"ok": not faults, "faults": [asdict(fault) for fault in faults]})
    elif workspace is not None:
        plant = workspace.plant
        say(
            f"{folder}: {len(plant.parameters)} parameters, {len(plant.equipment)} pieces of equipment, "
            f"{len(workspace.mappings)} imports, {len(workspace.scenarios)} scenarios; no fault"
        )
    else:
        for fault in faults:
            say(str(fault))
        say(f"{len(faults)} fault(s); nothing was loaded")
    if faults:
        raise typer.Exit(ConfigError.exit_code)

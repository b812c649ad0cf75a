"""`historian`: whether what is stored is whole, and values of the live tier to and from files."""

from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import progress, say, say_json
from pilothouse.clock import END_OF_TIME_NS, parse_instant
from pilothouse.errors import StoreCorruptError
from pilothouse.hub.live_tier import export_values, import_values, verify
from pilothouse.hub.workspace import open_workspace

historian = typer.Typer(help="Look after the historian.", no_args_is_help=True, rich_markup_mode=None)

FileOut = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: .parquet, .csv or .arrow.")]
FileIn = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read: .parquet, .csv or .arrow.")]
Keys = Annotated[str, typer.Option("--parameters", help="Keys with commas between; by default all.")]
From = Annotated[str | None, typer.Option("--from", help="From this instant on; by default from the first.")]
To = Annotated[str | None, typer.Option("--to", help="Up to this instant; by default to the last.")]
Long = Annotated[bool, typer.Option("--long", help="A row a value instead of a column a parameter.")]


@historian.command("verify")
def verify_both(folder: Folder, as_json: AsJson = False) -> None:
    """Read everything that is stored, pieces and live values, and say what is damaged.

    Example: pilothouse historian verify lf
    """
    workspace = open_workspace(folder)
    with progress("verify", quiet=as_json):
        found = verify(workspace)
    if as_json:
        say_json({"ok": not found.faults, "pieces": list(found.pieces), "live": list(found.live)})
    else:
        for fault in found.faults:
            say(fault, "red")
        say("all that is stored is whole" if not found.faults else f"{len(found.faults)} fault(s)")
    if found.faults:
        raise typer.Exit(StoreCorruptError.exit_code)


@historian.command("export")
def export(  # noqa: PLR0913, PLR0917  # each is an option of the command
    folder: Folder,
    file: FileOut,
    parameters: Keys = "",
    start: From = None,
    end: To = None,
    long: Long = False,
    as_json: AsJson = False,
) -> None:
    """Write values of the live tier to a file.

    Example: pilothouse historian export lf may.parquet --parameters power,temperature --from 2026-05-01 --to 2026-06-01
    """
    workspace = open_workspace(folder)
    zone = workspace.plant.time_zone
    span = (
        -END_OF_TIME_NS if start is None else parse_instant(start, zone),
        END_OF_TIME_NS if end is None else parse_instant(end, zone),
    )
    keys = tuple(key.strip() for key in parameters.split(",") if key.strip())
    with progress("export", quiet=as_json):
        rows = export_values(workspace, file, keys, span, long=long)
    if as_json:
        say_json({"ok": True, "file": str(file), "rows": rows})
    else:
        say(f"{file}: {rows:,} rows")


@historian.command("import")
def import_file(folder: Folder, file: FileIn, as_json: AsJson = False) -> None:
    """Take values of a file into the live tier; the same file again changes nothing, bad rows are kept aside.

    Example: pilothouse historian import lf may.parquet
    """
    workspace = open_workspace(folder)
    with progress("import", quiet=as_json):
        done, aside = import_values(workspace, file)
    told = {"values": done.values, "new": done.new, "repeated": done.repeated, "rejected": done.rejects.height}
    if as_json:
        say_json({"ok": True, **told, "reject_file": None if aside is None else str(aside)})
        return
    say(f"{file}: " + ", ".join(f"{count:,} {name}" for name, count in told.items()))
    if aside is not None:
        say(f"what was rejected, and why: {aside}")

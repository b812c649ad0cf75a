"""`backup` and `restore`: a plant folder with all its stores, copied while the hub runs, and made again."""

from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import progress, say, say_json
from pilothouse.clock import now_ns
from pilothouse.errors import StoreCorruptError
from pilothouse.hub.backup import back_up
from pilothouse.hub.manifest import Manifest
from pilothouse.hub.restore import restore
from pilothouse.hub.workspace import open_workspace

Target = Annotated[Path, typer.Argument(metavar="TARGET", help="A new folder, best on another disk.")]
Backup = Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder that `backup` made.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The plant folder to make.")]


def back_up_folder(folder: Folder, target: Target, as_json: AsJson = False) -> None:
    """Copy a plant folder with everything the hub keeps for it, also while the hub runs; the copy is read again.

    Example: pilothouse backup lf backups/lf-monday
    """
    with progress(f"backup {folder}", quiet=as_json):
        manifest = back_up(open_workspace(folder), target, at_ns=now_ns())
    _tell(manifest, f"{target}: backup of {folder}", as_json=as_json)
    if manifest.faults:
        raise typer.Exit(StoreCorruptError.exit_code)


def restore_backup(backup: Backup, folder: NewFolder, as_json: AsJson = False) -> None:
    """Make a plant folder from a backup; its ledger goes into the database that the folder or the environment names.

    Example: pilothouse restore backups/lf-monday lf-again
    """
    with progress(f"restore {folder}", quiet=as_json):
        manifest = restore(backup, folder)
    _tell(manifest, f"{folder}: restored from {backup}", as_json=as_json)


def _tell(manifest: Manifest, what: str, *, as_json: bool) -> None:
    if as_json:
        said = {name: getattr(manifest, name) for name in ("plant", "made_ns", "events", "head", "sequence", "bytes")}
        say_json({"ok": not manifest.faults, **said, "files": len(manifest.files), "faults": list(manifest.faults)})
        return
    for fault in manifest.faults:
        say(f"wrong before it was copied: {fault}", "red")
    say(
        f"{what}: {manifest.events} events, historian up to {manifest.sequence}, "
        f"{len(manifest.files)} files, {manifest.bytes:,} bytes; read again and compared"
    )

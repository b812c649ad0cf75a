"""Restoring a plant folder from a backup, into an embedded ledger or a server's, whichever the folder names."""

from pathlib import Path

from pilothouse.errors import ConfigError, StoreCorruptError
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.backup import HISTORIAN, PLANT, STORE, made_whole, read_events
from pilothouse.hub.copying import copy_file
from pilothouse.hub.manifest import Manifest
from pilothouse.hub.settings import ledger_url, read_settings
from pilothouse.ledger.sql import Head, SqlLedger
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.folder import PLANT_FILE


def restore(backup: Path, root: Path) -> Manifest:
    """Make a plant folder from a backup; it is there whole or not at all.

    The ledger goes where ``[hub]`` of the restored folder, or ``PILOTHOUSE_LEDGER``, says. A server's ledger must be
    empty, or hold just the events of the backup, as after a restore that broke off.

    Parameters
    ----------
    backup
        The folder that :func:`pilothouse.hub.backup.back_up` made.
    root
        The plant folder to make; not there yet, or empty.

    Raises
    ------
    ConfigError
        If the place is taken.
    StoreError
        If the backup is none or damaged, its chain of events is broken, or the ledger's database cannot take them.
    """
    manifest = Manifest.read(backup)
    if root.resolve().is_relative_to(backup.resolve()):
        raise ConfigError(f"{root} lies inside the backup", hint="name a place outside")
    with made_whole(root) as half:
        manifest.check(backup)
        for file in manifest.files:
            if file.path != manifest.ledger:
                area, _, inside = file.path.partition("/")
                copy_file(backup / file.path, half / inside if area == PLANT else half / STORE / inside)
        _check_historian(half, manifest)
        _restore_ledger(backup, half, manifest)
    return manifest


def _check_historian(half: Path, manifest: Manifest) -> None:
    if not (half / HISTORIAN).is_dir():
        return
    with ParquetHistorian(half / HISTORIAN, read_only=True) as historian:
        new = [fault for fault in historian.verify() if fault not in manifest.faults and "set aside" not in fault]
        sequence = historian.info().sequence
    if new or sequence != manifest.sequence:
        what = new[0] if new else f"it ends at {sequence}, expected {manifest.sequence}"
        raise StoreCorruptError(f"the historian in the backup is damaged: {what}", hint="restore from another backup")


def _restore_ledger(backup: Path, half: Path, manifest: Manifest) -> None:
    if not manifest.ledger:
        return
    events = read_events(backup / manifest.ledger)
    settings, _ = read_settings(Declaration.read(half / PLANT_FILE))
    url = ledger_url(settings, half)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    with SqlLedger(url) as ledger:
        ledger.fill(events)
        faults = ledger.verify(noted=[Head(seq=manifest.events, hash=manifest.head)])
    if faults:
        raise StoreCorruptError(f"the restored ledger does not hold: {faults[0]}", hint="restore from another backup")

"""Backing up a plant folder with its stores while the hub runs.

The order makes it hold together. First the ledger, up to its head of that instant; then the historian's segments up
to the sequence number of that instant, models, and all else. A decision speaks only of values and models that were
stored before it, so whatever the copied ledger speaks of is in the backup; what was stored later is in it or not, and
does no harm. The folder gets its name when all is written, read again and compared; what broke off before has none.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pilothouse import __version__
from pilothouse.decision.event import Event, canonical_json
from pilothouse.errors import ConfigError, StoreError
from pilothouse.historian.lock import LOCK_NAME, WriterLock
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.historian.segment import number_of
from pilothouse.hub.copying import bring_to_disk, copy_database, copy_file, copy_folder
from pilothouse.hub.manifest import Manifest, kept
from pilothouse.hub.settings import ledger_url
from pilothouse.hub.workspace import Workspace
from pilothouse.ledger.sql import NOTHING_YET, Head, SqlLedger

PLANT: Final = "plant"
STORE: Final = "store"
LEDGER_FILE: Final = f"{STORE}/ledger.db"
LEDGER_EVENTS: Final = f"{STORE}/ledger.jsonl"
HISTORIAN: Final = f"{STORE}/historian"

OUTSIDE: Final = ("store", "rejects", "reports", "__pycache__")
"""Folders beside plant.toml that are not of people's making."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLedger:
    """The ledger as a backup holds it: its file there, its head, and what is wrong with its chain."""

    file: str
    head: Head
    faults: tuple[str, ...] = ()


def back_up(workspace: Workspace, target: Path, *, at_ns: int) -> Manifest:
    """Copy a plant folder with all its stores, also while another process writes them.

    Parameters
    ----------
    workspace
        The plant folder.
    target
        Where to; a folder that is not there yet, or is empty.
    at_ns
        Now.

    Raises
    ------
    ConfigError
        If the target is taken, or lies inside the plant folder.
    StoreError
        If a store cannot be read, or another backup to this target is under way.
    """
    if target.resolve().is_relative_to(workspace.root.resolve()):
        raise ConfigError(f"{target} lies inside the plant folder", hint="name a place outside, best on another disk")
    with made_whole(target) as half:
        ledger = _keep_ledger(workspace, half)
        sequence = _keep_historian(workspace.historian, half / HISTORIAN)
        _keep_rest(workspace, half)
        faults = (*ledger.faults, *_historian_faults(half / HISTORIAN))
        bring_to_disk(half)
        manifest = Manifest(
            plant=workspace.plant.key,
            made_ns=at_ns,
            version=__version__,
            events=ledger.head.seq,
            head=ledger.head.hash,
            sequence=sequence,
            ledger=ledger.file,
            faults=faults,
            files=kept(half),
        )
        manifest.write(half)
        Manifest.read(half).check(half)
    return manifest


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """A folder to be filled, that gets the name ``target`` at the end, and never if anything fails before.

    Until then it is called ``target.partial``; one that a kill left there is cleared away.

    Raises
    ------
    ConfigError
        If the target is taken.
    StoreLockedError
        If another process fills it.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        taken = "the folder is not empty" if target.is_dir() else "this is a file"
        raise ConfigError(f"{target}: {taken}", hint="choose a new folder; nothing is ever overwritten")
    half = target.with_name(target.name + ".partial")
    try:
        half.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{half} cannot be made: {error.strerror}", hint="choose another place") from error
    with WriterLock(half):
        _clear(half)
        try:
            yield half
        except BaseException:
            _clear(half)
            (half / LOCK_NAME).unlink()
            half.rmdir()
            raise
        (half / LOCK_NAME).unlink()
        bring_to_disk(half)
        if target.exists():
            target.rmdir()
        half.rename(target)
        bring_to_disk(target.parent, inside=False)


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a ledger in a backup, of either form."""
    if path.suffix == ".db":
        with SqlLedger(f"sqlite:///{path}", read_only=True) as ledger:
            return ledger.read()
    with path.open(encoding="utf-8") as lines:
        return tuple(Event(**json.loads(line)) for line in lines)


def _keep_ledger(workspace: Workspace, half: Path) -> KeptLedger:
    url = ledger_url(workspace.settings, workspace.root)
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").is_file():
            return KeptLedger(file="", head=NOTHING_YET)
        copy_database(Path(url.database or ""), half / LEDGER_FILE)
        with SqlLedger(f"sqlite:///{half / LEDGER_FILE}", read_only=True) as copy:
            return KeptLedger(file=LEDGER_FILE, head=copy.head(), faults=copy.verify())
    with SqlLedger(url, read_only=True) as ledger:
        events, faults = ledger.read(), ledger.verify()  # what is appended in between is not in the backup
    path = half / LEDGER_EVENTS
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(canonical_json(asdict(event)) + "\n" for event in events)
    return KeptLedger(
        file=LEDGER_EVENTS,
        head=Head(seq=events[-1].seq, hash=events[-1].hash) if events else NOTHING_YET,
        faults=faults,
    )


def _keep_historian(root: Path, target: Path) -> int:
    """Segments up to the newest of this instant; its number."""
    # Each is sealed before the next: all up to the newest that is seen once are there when it is looked again.
    upto = max((number for _, number in _segments(root)), default=0)
    for path, number in _segments(root):
        if number <= upto:
            copy_file(path, target / path.relative_to(root))
    return upto


def _segments(root: Path) -> Sequence[tuple[Path, int]]:
    return [(path, number) for path in root.rglob("*.*") if (number := number_of(path)) is not None]


def _keep_rest(workspace: Workspace, half: Path) -> None:
    """Models and other stores, and what people wrote."""
    url = ledger_url(workspace.settings, workspace.root)
    named = [Path(url.database or "").name] if url.get_backend_name() == "sqlite" else []
    store = workspace.root / "store"
    for path in sorted(store.iterdir()) if store.is_dir() else ():
        if path == workspace.historian or path.name in (workspace.ledger.name, *named):
            continue
        if path.is_dir():
            copy_folder(path, half / STORE / path.name)
        elif path.suffix == ".db":
            copy_database(path, half / STORE / path.name)
    for path in sorted(workspace.root.iterdir()):
        if path.is_dir() and path.name not in OUTSIDE:
            copy_folder(path, half / PLANT / path.name)
        elif path.is_file():
            copy_file(path, half / PLANT / path.name)


def _historian_faults(root: Path) -> tuple[str, ...]:
    if not root.is_dir():
        return ()
    try:
        with ParquetHistorian(root, read_only=True) as copy:
            return copy.verify()
    except StoreError as error:
        return (str(error),)


def _clear(half: Path) -> None:
    for path in half.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_NAME:
            path.unlink()

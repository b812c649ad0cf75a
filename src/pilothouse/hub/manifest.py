"""The manifest of a backup: what it holds, byte by byte, and up to which decision and value.

A backup is a folder::

    BACKUP/
      manifest.json          written last: a folder without it is no backup
      plant/                 plant.toml and all else that people wrote
      store/ledger.db        or ledger.jsonl, one event a line, where the ledger lay in a server
      store/...              historian, models and whatever else the hub keeps
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pilothouse.errors import SchemaDriftError, StoreCorruptError, StoreError
from pilothouse.historian.lock import LOCK_NAME

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file of a backup: its path in it, its bytes and their SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    plant
        Key of the plant.
    made_ns
        When it was begun; what was written before is in it.
    version
        Of the Pilothouse that made it.
    events, head
        Number and hash of the last event of the ledger; the number is 0 where nothing was decided yet.
    sequence
        Last sequence number of the historian.
    ledger
        File of the ledger in the backup.
    faults
        What was wrong already in what was backed up, in words.
    files
        All files, by path.
    schema
        Layout of the backup.
    """

    plant: str
    made_ns: int
    version: str
    events: int
    head: str
    sequence: int
    ledger: str
    faults: tuple[str, ...]
    files: tuple[KeptFile, ...]
    schema: int = SCHEMA

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.size for file in self.files)

    def write(self, backup: Path) -> None:
        """Write it into a backup."""
        (backup / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @staticmethod
    def read(backup: Path) -> "Manifest":
        """The manifest of a backup.

        Raises
        ------
        StoreError
            If the folder is no backup.
        StoreCorruptError
            If the manifest is damaged.
        SchemaDriftError
            If a newer Pilothouse made it.
        """
        try:
            said = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
            schema = int(said["schema"])
        except FileNotFoundError as error:
            raise StoreError(
                f"{backup}: expected a backup, got a folder without {MANIFEST}",
                hint="name the folder that `pilothouse backup` made; one that broke off is none",
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(backup, "its manifest cannot be read") from error
        if schema > SCHEMA:
            raise SchemaDriftError(
                f"{backup}: expected a backup of layout {SCHEMA} or older, got {schema}",
                hint="restore it with the newer Pilothouse that made it",
            )
        try:
            files = tuple(KeptFile(**file) for file in said.pop("files"))
            return Manifest(**{**said, "faults": tuple(said["faults"]), "files": files})
        except (KeyError, TypeError) as error:
            raise _damaged(backup, "its manifest cannot be read") from error

    def check(self, backup: Path) -> None:
        """The files of a backup are those of its manifest, all of them and no other.

        Raises
        ------
        StoreCorruptError
            If one is missing, too many, or not what was backed up; names the first.
        """
        there = set(files_of(backup)) - {MANIFEST}
        kept = {file.path: file for file in self.files}
        for path in sorted(there ^ kept.keys()):
            raise _damaged(backup, f"{path} is {'missing' if path in kept else 'not in its manifest'}")
        for path, file in kept.items():
            if (size := (backup / path).stat().st_size) != file.size:
                raise _damaged(backup, f"{path} has {size} bytes, expected {file.size}")
            if digest(backup / path) != file.sha256:
                raise _damaged(backup, f"{path} is not what was backed up")


def kept(backup: Path) -> tuple[KeptFile, ...]:
    """The files of a backup that is being made, as a manifest lists them."""
    return tuple(
        KeptFile(path=path, size=(backup / path).stat().st_size, sha256=digest(backup / path))
        for path in sorted(files_of(backup))
        if path != MANIFEST
    )


def files_of(folder: Path) -> Iterator[str]:
    """All files under a folder but the lock of who fills it, as paths in it."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != LOCK_NAME)
    return (path.relative_to(folder).as_posix() for path in found)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def _damaged(backup: Path, what: str) -> StoreCorruptError:
    return StoreCorruptError(f"{backup}: the backup is damaged: {what}", hint="restore from another backup")

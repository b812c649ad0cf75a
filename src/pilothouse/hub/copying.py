"""Copies of files while others write them: databases by SQLite's own online backup, all else byte by byte.

What the stores keep beside databases never changes once it has its name, so a copy of it is right whenever it is made;
files that are being written have another name (``*.tmp``) and are left out.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from pilothouse.errors import StoreCorruptError, StoreError

LEFT_OUT: Final = (".tmp", "-wal", "-shm", "-journal", ".lock")
"""Endings of what is under way, and of locks."""

DATABASE: Final = ".db"
_TRIES: Final = 10


def copy_folder(source: Path, target: Path) -> None:
    """A folder whose databases and files are written and tidied up meanwhile, as it was at one instant or later.

    First its databases, then its files. Where a file went away in between (files are joined into larger ones) the
    databases may still speak of it, so all is done again; what was copied already is not copied twice.

    Raises
    ------
    StoreError
        If files go away each time.
    """
    for _ in range(_TRIES):
        before = set(_found(source))
        for path in sorted(before):
            if path.suffix == DATABASE:
                copy_database(source / path, target / path)
        files = [path for path in sorted(set(_found(source))) if path.suffix != DATABASE]
        for path in files:
            copy_file(source / path, target / path)
        gone = {path for path in before if not (source / path).exists()}
        for path in set(_found(target)) - set(files):
            if path.suffix != DATABASE:
                (target / path).unlink()
        if not gone:
            return
    raise StoreError(
        f"{source.name} changes faster than it can be copied",
        hint="try again when less is tidied up",
        folder=str(source),
    )


def copy_database(source: Path, target: Path) -> None:
    """A SQLite database as it is at one instant, whoever writes it.

    Raises
    ------
    StoreCorruptError
        If the copy does not hold together.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        open_live = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30.0)
        with closing(open_live) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreCorruptError(
            f"{source.name} cannot be copied: {error}", hint="restore it from a backup", file=str(source)
        ) from error
    if said != "ok":
        raise StoreCorruptError(f"{source.name} is damaged: {said}", hint="restore it from a backup", file=str(source))


def copy_file(source: Path, target: Path) -> None:
    """A file that does not change; nothing where it went away, or is copied already."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".tmp")
    try:
        shutil.copyfile(source, half)
    except FileNotFoundError:
        half.unlink(missing_ok=True)
        return
    half.replace(target)


def bring_to_disk(folder: Path, *, inside: bool = True) -> None:
    """All files and entries of a folder survive a power cut from now on; or its own entries alone."""
    for path in (*(folder.rglob("*") if inside else ()), folder):
        if os.name == "nt" and path.is_dir():
            continue  # Windows does it by itself and cannot be asked
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _found(folder: Path) -> Iterator[Path]:
    """The files that have their name for good, as paths in the folder; nothing inside a folder under way."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if not any(part.endswith(LEFT_OUT) for part in inside.parts) and path.is_file():
            yield inside

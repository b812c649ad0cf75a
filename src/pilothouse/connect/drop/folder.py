"""The watched folder: which files are whole, and which were imported already."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pilothouse.errors import SourceError

UNFINISHED: Final = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
"""Endings under which programs write what is not whole yet."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Look:
    """A file as it was seen: another size or time makes it another file."""

    size: int
    changed_ns: int


@dataclass(slots=True, kw_only=True)
class WatchedFolder:
    """Files of a folder, over several looks.

    Parameters
    ----------
    folder
        Where they are left.
    pattern
        Which of them.
    settle_s
        A file is whole once it looks the same for so long.
    known
        Files that were imported as they look, by name.
    """

    folder: Path
    pattern: str
    settle_s: float
    known: dict[str, Look] = field(default_factory=dict)
    _seen: dict[str, tuple[Look, float]] = field(default_factory=dict)

    def settled(self, at_s: float) -> Mapping[str, Look]:
        """Files that are whole and were not imported yet, by name; ``at_s`` counts on from look to look.

        Raises
        ------
        SourceError
            If the folder cannot be read.
        """
        whole = {}
        present = {}
        for path in self._paths():
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # taken away since the folder was listed
            look = Look(size=stat.st_size, changed_ns=stat.st_mtime_ns)
            before = self._seen.get(path.name)
            since_s = before[1] if before is not None and before[0] == look else at_s
            present[path.name] = (look, since_s)
            if at_s - since_s >= self.settle_s and self.known.get(path.name) != look:
                whole[path.name] = look
        self._seen = present
        return whole

    @property
    def waiting(self) -> int:
        """Files that are not whole yet, or not imported."""
        return sum(self.known.get(name) != look for name, (look, _) in self._seen.items())

    def _paths(self) -> list[Path]:
        try:
            found = sorted(self.folder.glob(self.pattern))
            if not found and not self.folder.is_dir():
                raise SourceError(f"{self.folder} is no folder", hint="make it, or correct folder = in plant.toml")
        except OSError as error:
            raise SourceError(f"{self.folder} cannot be read: {error.strerror}", hint="check its rights") from error
        return [
            path
            for path in found
            if path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in UNFINISHED
        ]


def read_known(path: Path) -> dict[str, Look]:
    """What was imported before, from a file; nothing where there is none.

    Raises
    ------
    SourceError
        If the file cannot be used.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): Look(size=int(size), changed_ns=int(at)) for name, (size, at) in told.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError, OSError) as error:
        hint = "delete it: all files are imported again, which changes nothing that is known"
        raise SourceError(f"the list of imported files cannot be read: {error}", hint=hint, file=str(path)) from error


def write_known(path: Path, known: Mapping[str, Look]) -> None:
    """Keep what was imported, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({name: (look.size, look.changed_ns) for name, look in known.items()}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

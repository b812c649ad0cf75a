"""The files of a mapping inside the folder that is imported."""

from collections.abc import Sequence
from pathlib import Path

from pilothouse.connect.files.table import listed, nearest
from pilothouse.errors import SourceError


def find_files(source: Path, names: Sequence[str], declared: str = "import") -> tuple[Path, ...]:
    """Every file a mapping names, those of a glob in the order of their names; each once.

    ``declared`` is the table of plant.toml that names them.

    Raises
    ------
    SourceError
        If a name or glob meets no file; says which files are there.
    """
    found: dict[Path, None] = {}
    for name in names:
        exact = source / name
        if exact.is_file():
            found[exact] = None
            continue
        matches = sorted(path for path in source.glob(name) if path.is_file()) if _is_glob(name) else []
        if not matches:
            raise _nothing(source, name, declared)
        found.update(dict.fromkeys(matches))
    return tuple(found)


def _is_glob(name: str) -> bool:
    return any(mark in name for mark in "*?[")


def _nothing(source: Path, name: str, declared: str) -> SourceError:
    there = sorted(path.name for path in source.iterdir() if path.is_file())
    guess = nearest(name, there)
    near = f"; the nearest name is {guess!r}" if guess else ""
    return SourceError(
        f"no file {name!r} in {source.name or source}; it holds {listed(there) or 'no files'}{near}",
        hint=f"put the file there, or correct file = in this [[{declared}]] of plant.toml",
        file=name,
    )

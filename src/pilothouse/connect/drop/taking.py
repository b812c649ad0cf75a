"""Import of some files of a folder: only what is whole is looked at, and only the mappings it concerns are run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from pilothouse.connect.files.genealogy import GenealogyMapping
from pilothouse.connect.files.importer import import_folder
from pilothouse.connect.files.mapping import ImportMapping
from pilothouse.plant.plant import Plant
from pilothouse.ports import FilesTaken, Historian


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImport:
    """By what the files of a plant are imported, and where to.

    Parameters
    ----------
    mappings, genealogies
        As the plant declares them.
    plant
        Its words.
    historian
        Where observations go.
    rejects
        Folder of the reject files.
    staging
        Folder in which links to the files are laid out for the time of an import.
    """

    mappings: tuple[ImportMapping, ...]
    genealogies: tuple[GenealogyMapping, ...]
    plant: Plant
    historian: Historian
    rejects: Path
    staging: Path

    def take(self, folder: Path, *, names: Sequence[str], beside: Sequence[str], received_ns: int) -> FilesTaken:
        """Import new files; those beside them are read where a mapping joins them.

        Raises
        ------
        StoreError
            If the historian or a reject file cannot be written.
        """
        mappings = [cut for one in self.mappings if (cut := _cut(one, names, beside)) is not None]
        genealogies = [replace(one, files=found) for one in self.genealogies if (found := _matching(one.files, names))]
        needed = {name for one in mappings for name in (*one.files, *(f for join in one.joins for f in join.files))}
        needed |= {name for one in genealogies for name in one.files}
        unknown = [name for name in names if name not in needed]
        self.staging.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.staging) as stage:
            for name in sorted(needed):
                if (folder / name).exists():
                    (Path(stage) / name).symlink_to((folder / name).resolve())
            report = import_folder(
                Path(stage),
                mappings,
                self.plant,
                self.historian,
                rejects=self.rejects,
                received_ns=received_ns,
                genealogies=genealogies,
            )
        failures = {
            error.context.get("file", error.context.get("mapping", "?")): str(error) for error in report.failures
        }
        failures |= {name: f"{name}: no [[import]] of plant.toml names it" for name in unknown}
        return FilesTaken(rows=sum(one.rows for one in report.mappings), rejected=report.rejects, failures=failures)


def _cut(mapping: ImportMapping, names: Sequence[str], beside: Sequence[str]) -> ImportMapping | None:
    """A mapping for the new files, or for all where one that it joins is new; None where it is not touched."""
    whole = tuple(dict.fromkeys([*beside, *names]))
    is_joined_new = any(_matching(join.files, names) for join in mapping.joins)
    files = _matching(mapping.files, whole if is_joined_new else names)
    if not files:
        return None
    joins = tuple(replace(join, files=_matching(join.files, whole) or join.files) for join in mapping.joins)
    return replace(mapping, files=files, joins=joins)


def _matching(patterns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Names that any of the patterns meets, in their order."""
    return tuple(name for name in names if any(name == p or fnmatchcase(name, p) for p in patterns))

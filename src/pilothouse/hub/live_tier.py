"""The live tier of a workspace: opened, looked through, and its values to and from files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilothouse.clock import now_ns
from pilothouse.errors import UnknownParameterError, use_known
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.historian.series.column import columns_of
from pilothouse.historian.series.database import FILE
from pilothouse.historian.series.exchange import Imported, export_file, import_file
from pilothouse.historian.series.store import SeriesStore
from pilothouse.hub.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What is wrong with what is stored, in words, by tier; nothing where all is well."""

    pieces: tuple[str, ...]
    live: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Of both."""
        return self.pieces + self.live


def open_series(workspace: Workspace, *, clock: Callable[[], int] = now_ns, read_only: bool = False) -> SeriesStore:
    """The live tier of a workspace, with the parameters of its plant."""
    return SeriesStore(workspace.series, columns_of(workspace.plant), clock=clock, read_only=read_only)


def verify(workspace: Workspace) -> Verified:
    """Read both tiers of the historian whole; a process that writes them goes on."""
    pieces: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    if workspace.historian.is_dir():
        with ParquetHistorian(workspace.historian, read_only=True) as historian:
            pieces = historian.verify()
    if (workspace.series / FILE).is_file():
        with open_series(workspace, read_only=True) as series:
            live = series.verify()
    return Verified(pieces=pieces, live=live)


def export_values(
    workspace: Workspace, path: Path, parameters: Sequence[str], span: tuple[int, int], *, long: bool = False
) -> int:
    """Write values of the live tier to a file; all parameters where none is named."""
    plant = workspace.plant
    strange = [p for p in parameters if p not in plant.parameters]
    if strange:
        raise UnknownParameterError(
            f"parameter {strange[0]!r} is not declared", hint=use_known(strange[0], tuple(plant.parameters))
        )
    with open_series(workspace, read_only=True) as series:
        return export_file(series, path, parameters or tuple(plant.parameters), span, long=long)


def import_values(
    workspace: Workspace, path: Path, *, clock: Callable[[], int] = now_ns
) -> tuple[Imported, Path | None]:
    """Take the values of a file into the live tier; where rows were rejected, in which file they stand."""
    plant = workspace.plant
    with open_series(workspace, clock=clock) as series:
        done = import_file(series, path, tuple(plant.parameters), clock(), time_zone=plant.time_zone)
        series.tend()
    if done.rejects.is_empty():
        return done, None
    aside = workspace.rejects / f"historian-{path.stem}.csv"
    aside.parent.mkdir(parents=True, exist_ok=True)
    done.rejects.write_csv(aside)
    return done, aside

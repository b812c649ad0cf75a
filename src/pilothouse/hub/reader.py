"""A workspace opened to read, as workers do: the hub alone writes, whoever works for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pilothouse.decision.scenario import Model, Scenario
from pilothouse.decision.view import Read, Snapshot, View
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.models import ModelStore
from pilothouse.hub.workspace import Workspace, open_workspace
from pilothouse.ports import Historian


@dataclass(slots=True, kw_only=True)
class Reader:
    """What a worker has of a workspace.

    Parameters
    ----------
    workspace
        The plant folder, read.
    historian
        Opened beside the one that writes; each question sees what was written by then.
    """

    workspace: Workspace
    historian: Historian
    _loaded: dict[tuple[str, str], Model] = field(default_factory=dict)

    def snapshot(self, reads: Sequence[Read], as_of_ns: int, upto: int | None = None) -> Snapshot:
        """The part of the plant that these reads declare, as known at an instant."""
        upto = self.historian.info().sequence if upto is None else upto
        view = View(plant=self.workspace.plant, recorded=self.historian, as_of_ns=as_of_ns, upto=upto)
        return view.snapshot(reads)

    def model(self, scenario: Scenario, version: str | None) -> Model | None:
        """A kept model; None where there is no version.

        Raises
        ------
        StoreCorruptError
            If it is not as it was kept.
        """
        if version is None:
            return None
        if (scenario.key, version) not in self._loaded:
            self._loaded[scenario.key, version] = ModelStore(root=self.workspace.models).load(scenario, version)
        return self._loaded[scenario.key, version]


@cache
def reader_of(root: Path) -> Reader:
    """The reader of a plant folder, the same one for all tasks of a worker: reading a folder takes its time.

    Raises
    ------
    ConfigError
        If the folder has faults.
    StoreError
        If there is no historian in it.
    """
    workspace = open_workspace(root)
    return Reader(workspace=workspace, historian=ParquetHistorian(workspace.historian, read_only=True))

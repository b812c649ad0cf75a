"""The hub: wires the plant folder, the stores and the scenarios; the only place that knows concrete classes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pilothouse.clock import now_ns
from pilothouse.connect.files.importer import Progress, import_folder
from pilothouse.connect.files.report import ImportReport
from pilothouse.decision.scenario import Model, Scenario
from pilothouse.decision.view import View
from pilothouse.errors import ConfigError, DecisionError, StoreLockedError
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.models import LEARNT, ModelStore, learnt_event, live_version
from pilothouse.hub.settings import ledger_url
from pilothouse.hub.workspace import Workspace, open_workspace
from pilothouse.ledger.sql import SqlLedger
from pilothouse.ports import Historian, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What learning gave.

    Parameters
    ----------
    scenario, version
        Whose model, and which.
    as_of_ns
        Nothing known later was learnt.
    subjects
        How many subjects with a known outcome there were.
    """

    scenario: str
    version: str
    as_of_ns: int
    subjects: int


class Hub:
    """An open workspace.

    Parameters
    ----------
    workspace
        The plant folder, read.
    historian, ledger
        Its stores; closed with the hub.
    clock
        Where the present instant comes from.
    """

    def __init__(
        self, workspace: Workspace, historian: Historian, ledger: Ledger, clock: Callable[[], int] = now_ns
    ) -> None:
        self.workspace = workspace
        self.historian = historian
        self.ledger = ledger
        self.clock = clock
        self.models = ModelStore(root=workspace.models)
        self._loaded: dict[tuple[str, str], Model] = {}

    @classmethod
    def open(cls, root: Path, *, clock: Callable[[], int] = now_ns, beside: bool = False) -> Self:
        """Open a plant folder with its stores.

        Parameters
        ----------
        root
            The plant folder.
        clock
            Where the present instant comes from.
        beside
            Whether another process may be writing the historian, such as a hub that serves: then it is opened to read.
            The ledger takes what several processes append.

        Raises
        ------
        ConfigError
            If the folder has faults, or the environment does not say how to reach the ledger.
        StoreError
            If a store cannot be reached, is locked by another process or damaged.
        """
        workspace = open_workspace(root)
        try:
            historian = ParquetHistorian(workspace.historian, clock=clock)
        except StoreLockedError:
            if not beside:
                raise
            historian = ParquetHistorian(workspace.historian, clock=clock, read_only=True)
        try:
            ledger = SqlLedger(ledger_url(workspace.settings, workspace.root))
        except BaseException:
            historian.close()
            raise
        return cls(workspace, historian, ledger, clock)

    def close(self) -> None:
        """Release both stores."""
        self.ledger.close()
        self.historian.close()

    def __enter__(self) -> Self:
        """The hub, closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def scenario(self, key: str | None = None) -> Scenario:
        """The scenario of a key, or the only one.

        Raises
        ------
        ConfigError
            If there is none of this key, or several and no key is given.
        """
        return self.workspace.scenario(key)

    def view(self, as_of_ns: int, upto: int | None = None) -> View:
        """The plant as known at an instant, by what is stored now or was stored up to a sequence number."""
        upto = self.historian.info().sequence if upto is None else upto
        return View(plant=self.workspace.plant, recorded=self.historian, as_of_ns=as_of_ns, upto=upto)

    def import_files(self, source: Path, progress: Progress | None = None) -> ImportReport:
        """Import the files of a folder by the plant's mappings.

        Raises
        ------
        ConfigError
            If the plant declares no import.
        """
        if not self.workspace.mappings and not self.workspace.genealogies:
            raise ConfigError("the plant declares no import", hint="add an [[import]] table to plant.toml")
        return import_folder(
            source,
            self.workspace.mappings,
            self.workspace.plant,
            self.historian,
            rejects=self.workspace.rejects,
            received_ns=self.clock(),
            progress=progress,
            genealogies=self.workspace.genealogies,
        )

    def learn(self, scenario: Scenario, *, as_of_ns: int, seed: int, previous: Model | None = None) -> Learnt:
        """Learn a scenario from what was known at an instant, and make the model the live one.

        Raises
        ------
        NotFittedError
            If there is too little to learn from.
        DecisionError
            If the scenario has nothing to learn.
        """
        snapshot = self.view(as_of_ns).snapshot(scenario.learns_from)
        model = scenario.learn(snapshot, seed, previous)
        if model is None:
            raise DecisionError(f"scenario {scenario.key} is rules or search: it learns nothing")
        return self.keep(scenario, model, as_of_ns=as_of_ns, seed=seed, data=snapshot.fingerprint())

    def keep(self, scenario: Scenario, model: Model, *, as_of_ns: int, seed: int, data: str) -> Learnt:
        """Keep what was learnt from data of a fingerprint, and make it the live model."""
        self.models.keep(scenario.key, model)
        draft = learnt_event(scenario.key, model, at_ns=self.clock(), seed=seed, as_of_ns=as_of_ns, data=data)
        self.ledger.append([draft])
        return Learnt(scenario=scenario.key, version=model.version, as_of_ns=as_of_ns, subjects=model.pieces)

    def model(self, scenario: Scenario, *, version: str | None = None, known_ns: int | None = None) -> Model:
        """A model by version, or the live one; if possible the newest that learnt nothing later than ``known_ns``.

        Raises
        ------
        NotFittedError
            If nothing was learnt yet.
        """
        if version is None:
            version = self.version(scenario, known_ns=known_ns)
        if (scenario.key, version) not in self._loaded:
            self._loaded[scenario.key, version] = self.models.load(scenario, version)
        return self._loaded[scenario.key, version]

    def version(self, scenario: Scenario, *, known_ns: int | None = None) -> str:
        """Which model :meth:`model` gives.

        Raises
        ------
        NotFittedError
            If nothing was learnt yet.
        """
        events = self.ledger.read(subject=scenario.key, kind=LEARNT)
        return live_version(events, scenario.key, self.clock(), known_ns)

"""The models that were learnt: folders by scenario and version; the ledger says which one was live when."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pilothouse.decision.event import Event, EventDraft
from pilothouse.decision.scenario import Model, Scenario
from pilothouse.errors import NotFittedError, StoreCorruptError

LEARNT = "learnt"
CONTENT = "content.json"
"""The list of a model folder's files with their digests, so that no changed weight is ever used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """A model as the files it is kept in: so it travels from where it was learnt, and is no pickle.

    Parameters
    ----------
    version, as_of_ns, pieces
        As the model says.
    files
        Their content, by path.
    """

    version: str
    as_of_ns: int
    pieces: int
    files: Mapping[str, bytes]

    @staticmethod
    def of(model: Model) -> "SavedModel":
        """A model as its files."""
        with TemporaryDirectory(prefix="pilothouse-model-") as room:
            home = Path(room) / "model"
            model.save(home)
            files = {p.relative_to(home).as_posix(): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()}
        return SavedModel(version=model.version, as_of_ns=model.as_of_ns, pieces=model.pieces, files=files)

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStore:
    """Folders ``SCENARIO/VERSION`` under a root; a folder appears whole or not at all."""

    root: Path

    def keep(self, scenario: str, model: Model) -> Path:
        """Write a model, unless it is there already; it is moved to its place when it is whole."""
        home = self.root / scenario / model.version
        if home.exists():
            return home
        half = home.with_name(home.name + ".tmp")
        shutil.rmtree(half, ignore_errors=True)
        half.parent.mkdir(parents=True, exist_ok=True)
        model.save(half)
        (half / CONTENT).write_text(json.dumps(_content(half), indent=0), encoding="utf-8")
        half.rename(home)
        return home

    def load(self, scenario: Scenario, version: str) -> Model:
        """A kept model.

        Raises
        ------
        StoreCorruptError
            If its folder is gone, or anything in it is not as it was kept.
        """
        home = self.root / scenario.key / version
        if not home.is_dir():
            raise StoreCorruptError(
                f"model {version} of {scenario.key} is missing",
                hint="restore the folder from a backup, or run `pilothouse learn` again",
                folder=str(home),
            )
        changed = _changed(home)
        if changed:
            raise StoreCorruptError(
                f"model {version} of {scenario.key} is not what was learnt: {changed[0]} was changed, added or removed",
                hint="restore the folder from a backup, or remove it and run `pilothouse learn` again",
                folder=str(home),
            )
        return scenario.load(home)


def _content(home: Path) -> dict[str, str]:
    """SHA-256 of every file of a model, by its path."""
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.name != CONTENT)
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _changed(home: Path) -> list[str]:
    """The files of a model that are not as they were kept."""
    list_file = home / CONTENT
    if not list_file.is_file():
        return [CONTENT]
    try:
        kept = json.loads(list_file.read_text(encoding="utf-8"))
    except ValueError:
        return [CONTENT]
    found = _content(home)
    return sorted(name for name in {*kept, *found} if kept.get(name) != found.get(name))


def learnt_event(scenario: str, model: Model, *, at_ns: int, seed: int, as_of_ns: int, data: str) -> EventDraft:
    """The event that makes a model the live one."""
    payload = {"version": model.version, "as_of_ns": as_of_ns, "seed": seed, "data": data}
    return EventDraft(at_ns=at_ns, kind=LEARNT, subject=scenario, actor="hub", payload=payload)


def live_version(events: Iterable[Event], scenario: str, at_ns: int, known_ns: int | None = None) -> str:
    """Which version of a scenario's model was live at an instant.

    Parameters
    ----------
    events
        Of the ledger, in order.
    scenario
        Whose model.
    at_ns
        The instant.
    known_ns
        A model that learnt nothing later than this goes before one that did.

    Raises
    ------
    NotFittedError
        If none was.
    """
    learnt = [e.payload for e in events if e.kind == LEARNT and e.subject == scenario and e.at_ns <= at_ns]
    if not learnt:
        raise NotFittedError(f"scenario {scenario}: nothing was learnt yet", hint="run `pilothouse learn` first")
    unknowing = [said for said in learnt if known_ns is None or int(str(said["as_of_ns"])) <= known_ns]
    return str((unknowing or learnt)[-1]["version"])

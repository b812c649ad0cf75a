"""What a declared scenario learnt: one estimator a task, the advice, and the record of honest errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.decision.model_head import load_head, save_head
from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.effect import Effect
from pilothouse.methods.estimate.estimator import Estimator
from pilothouse.methods.estimate.record import Record
from pilothouse.methods.estimate.trees import Trees

SCHEMA: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskModel:
    """What one task learnt."""

    estimator: Estimator
    domain: Domain
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceModel:
    """What the advice learnt.

    The result is taken as ``now + effect x levers + rest``: the effects come from steps, the rest is learnt from what
    is known at the anchor.

    Parameters
    ----------
    names
        Features known at the anchor.
    levers
        Lever keys, in order.
    effects
        Of each lever.
    rest
        Trees for the rest.
    spread, spread_names, least_spread
        Trees for the expected size of the error of the rest, the features they look at (they may be older than the
        rest's), and the least that size is taken to be.
    usual
        Trees for each lever's usual amount ahead: the plant's usual practice, learnt from the record.
    usual_row
        Median of each feature of ``names``, NaN where it is usually missing.
    seen
        Per lever the range of amounts that the record supports: 1 and 99 % quantiles.
    domain
        What was seen at anchors.
    record
        Errors in units of the expected spread.
    """

    names: tuple[str, ...]
    levers: tuple[str, ...]
    effects: tuple[Effect, ...]
    rest: Trees
    spread: Trees
    spread_names: tuple[str, ...]
    least_spread: float
    usual: tuple[Trees, ...]
    usual_row: NDArray[np.float64]
    seen: tuple[tuple[float, float], ...]
    domain: Domain
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredModel:
    """A versioned model of a declared scenario.

    Parameters
    ----------
    scenario
        Whose.
    version
        Changes when anything in it changes.
    declared
        Fingerprint of what was declared to be learnt: result, features, tasks, levers and mechanism.
    as_of_ns
        Nothing known later was learnt.
    pieces
        How many finished pieces it learnt from.
    usual
        Median of each feature.
    tasks
        By key.
    advice
        None where no lever is declared.
    """

    scenario: str
    version: str
    declared: str
    as_of_ns: int
    pieces: int
    usual: Mapping[str, float]
    tasks: Mapping[str, TaskModel]
    advice: AdviceModel | None

    def save(self, folder: Path) -> None:
        """Write it into a new folder: LightGBM text, NumPy arrays and JSON; no pickle."""
        folder.mkdir(parents=True)
        for key, task in self.tasks.items():
            home = folder / "tasks" / key
            home.mkdir(parents=True)
            task.estimator.save(home)
            _save_json(home / "domain.json", task.domain.to_dict())
            _save_json(home / "record.json", task.record.to_json())
        if self.advice is not None:
            _save_advice(folder / "advice", self.advice)
        own = {
            "usual": dict(self.usual),
            "tasks": list(self.tasks),
            "advice": self.advice is not None,
        }
        save_head(folder, SCHEMA, self, own)

    @staticmethod
    def load(folder: Path) -> "DeclaredModel":
        """What :meth:`save` wrote.

        Raises
        ------
        SchemaDriftError
            If it was written by another version.
        """
        head, own = load_head(folder, SCHEMA)
        tasks = {}
        for key in own["tasks"]:
            home = folder / "tasks" / key
            tasks[key] = TaskModel(
                estimator=Estimator.load(home),
                domain=Domain.from_dict(_load_json(home / "domain.json")),
                record=Record.from_json(_load_json(home / "record.json")),
            )
        return DeclaredModel(
            **head,
            usual=own["usual"],
            tasks=tasks,
            advice=_load_advice(folder / "advice") if own["advice"] else None,
        )


def _save_advice(folder: Path, advice: AdviceModel) -> None:
    folder.mkdir()
    advice.rest.save(folder, "rest")
    advice.spread.save(folder, "spread")
    for k, usual in enumerate(advice.usual):
        usual.save(folder, f"usual{k}")
    head = {
        "names": list(advice.names),
        "levers": list(advice.levers),
        "effects": [[e.per_unit, e.low, e.high, e.steps] for e in advice.effects],
        "spread_names": list(advice.spread_names),
        "least_spread": advice.least_spread,
        "usual_row": [None if np.isnan(v) else v for v in advice.usual_row.tolist()],
        "seen": [list(seen) for seen in advice.seen],
        "domain": advice.domain.to_dict(),
    }
    _save_json(folder / "advice.json", head)
    _save_json(folder / "record.json", advice.record.to_json())


def _load_advice(folder: Path) -> AdviceModel:
    head = json.loads((folder / "advice.json").read_text(encoding="utf-8"))
    return AdviceModel(
        names=tuple(head["names"]),
        levers=tuple(head["levers"]),
        effects=tuple(Effect(per_unit=b, low=low, high=high, steps=n) for b, low, high, n in head["effects"]),
        rest=Trees.load(folder, "rest"),
        spread=Trees.load(folder, "spread"),
        spread_names=tuple(head["spread_names"]),
        least_spread=head["least_spread"],
        usual=tuple(Trees.load(folder, f"usual{k}") for k in range(len(head["levers"]))),
        usual_row=np.array([np.nan if v is None else v for v in head["usual_row"]], dtype=np.float64),
        seen=tuple((low, high) for low, high in head["seen"]),
        domain=Domain.from_dict(head["domain"]),
        record=Record.from_json(_load_json(folder / "record.json")),
    )


def _save_json(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")


def _load_json(file: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return content

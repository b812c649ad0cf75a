"""Proofs that are made up, but counted by the same functions as real ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from pilothouse.clock import NS_PER_MIN, parse_instant
from pilothouse.decision.judged import Judged
from pilothouse.hub.proving import PeerProof, Proof, TaskProof
from pilothouse.methods.estimate.score import coverage_in_time, mae_difference, reliability, score
from pilothouse.seeds import stream

FIRST_NS = parse_instant("2026-03-02T06:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """What a made-up task looks like."""

    n: int = 120
    abstained: int = 4
    bias: float = 0.0
    unit: str = "degC"
    tolerance: float | None = 10.0
    peers: tuple[str, ...] = ("plain LightGBM", "mean")
    subject: str = "heat-"
    questions: int = 1
    reason: str = "bulk_5.sum.before {} is above 0, the most seen"
    endless: bool = False
    drift: tuple[str, ...] = ()


def _judged(made: MadeUp) -> Judged:
    rng = stream(5, made.subject)
    truth = 1590.0 + rng.normal(scale=12.0, size=made.n)
    value = truth - made.bias + rng.normal(scale=5.0, size=made.n)
    value[: made.abstained] = np.nan
    half_width = {level: np.full(made.n, 5.0 * z) for level, z in ((0.5, 0.674), (0.8, 1.282), (0.9, 1.645))}
    if made.endless and made.n:
        half_width[0.9][-1] = np.inf
    subject = tuple(f"{made.subject}{place // made.questions}" for place in range(made.n))
    # Not in time order, as blocks may come.
    order = rng.permutation(made.n)
    return Judged(
        subject=tuple(subject[row] for row in order),
        anchor_ns=(FIRST_NS + 45 * NS_PER_MIN * np.arange(made.n))[order],
        truth=truth[order],
        value=value[order],
        half_width={level: width[order] for level, width in half_width.items()},
        why_abstained={subject[row]: (made.reason.format(row),) for row in range(made.abstained)},
        drift=made.drift,
        unit=made.unit,
        tolerance=made.tolerance,
        features=np.empty((0, 0)),
        names=(),
    )


def _task(made: MadeUp) -> TaskProof:
    judged = _judged(made)
    order = np.argsort(judged.anchor_ns, kind="stable")
    truth, value = judged.truth[order], judged.value[order]
    ends = {level: (value - width[order], value + width[order]) for level, width in judged.half_width.items()}
    tolerance = np.nan if made.tolerance is None else made.tolerance
    rng = stream(5, "peers")
    peers = {}
    for place, name in enumerate(made.peers if made.abstained < made.n else ()):
        theirs = truth + rng.normal(scale=8.0 + 4.0 * place, size=made.n)
        peers[name] = PeerProof(
            mae=float(np.abs(theirs - truth).mean()), difference=mae_difference(truth, value, theirs, rng)
        )
    return TaskProof(
        score=score(truth, value, ends[0.9], tolerance=tolerance, nominal=0.9),
        reliability=reliability(truth, ends),
        in_time=coverage_in_time(truth, ends[0.9], nominal=0.9),
        peers=peers,
        lightgbm_width=25.0 if peers else None,
        judged=judged,
    )


@pytest.fixture(scope="session")
def made_up_proof() -> Callable[..., Proof]:
    """From descriptions of tasks by key to a proof of them."""

    def make(title: str = "Final temperature", scenario: str = "final-temperature", **tasks: MadeUp) -> Proof:
        return Proof(
            scenario=scenario,
            title=title,
            subjects=120,
            first_ns=FIRST_NS,
            last_ns=FIRST_NS + 120 * 45 * NS_PER_MIN,
            models=("0123456789abcdef", "fedcba9876543210"),
            tasks={key: _task(made) for key, made in tasks.items()},
            seconds=12.3,
        )

    return make


@pytest.fixture(scope="session")
def made_up() -> type[MadeUp]:
    """The description of a made-up task."""
    return MadeUp

"""A modelled operator: accepts, edits inside the range, refuses with a reason, and is sometimes wrong.

People are part of what is proved. How often they do what is usual practice of advised operators, from memory: where
advice carries ranges they accept some nine of ten proposals, and use advice far more when they may change it a little
(Dietvorst, Simmons and Massey 2018). What a slip does to a piece, the plant shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

import numpy as np

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.steering import Move

EDITS: Final = 0.04
REFUSES: Final = 0.03
SLIPS: Final = 0.005
"""Shares of proposals; the others are accepted as they stand."""

REASONS: Final = ("rolls were just changed", "the line runs slow today", "the piece has a repair note")
"""Why one refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operator made of a proposal.

    Parameters
    ----------
    said
        ``accepted``, ``edited``, ``refused``, or ``slipped``: accepted, and set wrong.
    steps
        What is set, by lever; empty where it was refused.
    reason
        Of a refusal.
    """

    said: str
    steps: Mapping[str, float]
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Shift:
    """What operators did so far.

    Parameters
    ----------
    answers
        How often each was said.
    edits
        Steps by which levers were edited.
    by_hand_ns
        Instants at which somebody set something by hand.
    """

    answers: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("accepted", "edited", "refused", "slipped"), 0)
    )
    edits: list[float] = field(default_factory=list)
    by_hand_ns: list[int] = field(default_factory=list)

    def ask(self, moves: Sequence[Move], at_ns: int, rng: np.random.Generator) -> Answer:
        """Let an operator answer a proposal."""
        answer = _answer(moves, rng)
        self.answers[answer.said] += 1
        if answer.said != "accepted":
            self.by_hand_ns.append(at_ns)
        if answer.said == "edited":
            self.edits += [abs(answer.steps[m.lever] - m.steps) for m in moves if answer.steps[m.lever] != m.steps]
        return answer

    def told(self) -> dict[str, float | None]:
        """Adoption, size of edits in steps, and minutes from one intervention by hand to the next."""
        asked = sum(self.answers.values())
        gaps = np.diff(np.array(self.by_hand_ns)) / NS_PER_MIN
        return {
            "proposals": asked,
            **{said: n / asked if asked else None for said, n in self.answers.items()},
            "adoption": (self.answers["accepted"] + self.answers["edited"]) / asked if asked else None,
            "edit_steps": fmean(self.edits) if self.edits else None,
            "minutes_between_interventions": float(np.mean(gaps)) if len(gaps) else None,
        }


def _answer(moves: Sequence[Move], rng: np.random.Generator) -> Answer:
    steps = {move.lever: move.steps for move in moves}
    share = float(rng.random())
    if share < REFUSES:
        return Answer(said="refused", steps={}, reason=REASONS[int(rng.integers(len(REASONS)))])
    if share < REFUSES + EDITS:
        edited = moves[int(rng.integers(len(moves)))]
        return Answer(said="edited", steps=steps | {edited.lever: float(rng.uniform(edited.low, edited.high))})
    if share < REFUSES + EDITS + SLIPS:
        wrong = moves[int(rng.integers(len(moves)))]
        return Answer(said="slipped", steps=steps | {wrong.lever: -wrong.steps})
    return Answer(said="accepted", steps=steps)

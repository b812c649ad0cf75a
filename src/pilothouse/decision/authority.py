"""Authority: how much a scenario may do by itself, earned step by step and lost at once.

======== ==========================================================================
observe  proposes for itself only; nobody is asked, it is judged on what came out
advise   shows its proposals; a person acts
confirm  carries out what a person confirmed
auto     carries out inside its limits; a person may stop it
======== ==========================================================================

The rule is data with a version, kept in the ledger beside every move; the state is a fold over ``authority`` events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pilothouse.decision.event import Event
from pilothouse.errors import IllegalMoveError

LADDER: Final = ("observe", "advise", "confirm", "auto")
"""From the bottom up; a scenario begins at the bottom."""


def rank(level: str) -> int:
    """How high a step of the ladder is.

    Raises
    ------
    ValueError
        If the ladder has no such step.
    """
    if level not in LADDER:
        raise ValueError(f"authority: expected one of {', '.join(LADDER)}, got {level!r}")
    return LADDER.index(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of how well a scenario does at its present step; None where it cannot be measured.

    Parameters
    ----------
    n
        Proposals whose result came out.
    coverage
        Share of results inside their interval.
    hit_rate
        Share of results that met their aim.
    adoption
        Share of shown proposals that were accepted, or edited inside their range.
    worth
        Interval of the mean worth of a decision, in money.
    failing
        Keys of the guards that fail now.
    """

    n: int
    coverage: float | None = None
    hit_rate: float | None = None
    adoption: float | None = None
    worth: tuple[float, float] | None = None
    failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step up the ladder and what it needs.

    Parameters
    ----------
    to
        The step reached; it is taken from the one below.
    n, coverage, hit_rate, adoption
        The least of each; None where it does not matter.
    worth_excludes_zero
        Whether the interval of worth must lie above zero.
    """

    to: str
    n: int
    coverage: float
    hit_rate: float | None = None
    adoption: float | None = None
    worth_excludes_zero: bool = False

    def lacks(self, evidence: Evidence) -> tuple[str, ...]:
        """What is not shown yet, in words."""
        least = (
            ("results", evidence.n, self.n),
            ("coverage", evidence.coverage, self.coverage),
            ("hit rate", evidence.hit_rate, self.hit_rate),
            ("adoption", evidence.adoption, self.adoption),
        )
        lacking = [
            f"{name}: {'not measured' if got is None else format(got, 'g')}, needed {needed:g}"
            for name, got, needed in least
            if needed is not None and (got is None or not got >= needed)
        ]
        if self.worth_excludes_zero and (evidence.worth is None or not evidence.worth[0] > 0):
            got = "not measured" if evidence.worth is None else f"{evidence.worth[0]:g} to {evidence.worth[1]:g}"
            lacking.append(f"worth: {got}, needed above 0")
        return tuple(lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRule:
    """When a scenario steps up and down.

    Parameters
    ----------
    version
        Grows with every change of the rule.
    highest
        No scenario gets above it.
    steps
        One for each step above the lowest, from the bottom up.
    guards
        Guard → the step it falls to at once. A guard not named here costs one step.
    """

    version: int
    highest: str
    steps: tuple[Step, ...]
    guards: Mapping[str, str]

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if tuple(step.to for step in self.steps) != LADDER[1:]:
            raise ValueError(f"authority rule {self.version}: expected one step to each of {', '.join(LADDER[1:])}")
        for level in (self.highest, *self.guards.values()):
            rank(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityMove:
    """One step taken, to be kept in the ledger as an ``authority`` event of the scenario."""

    rule: int
    before: str
    after: str
    reasons: tuple[str, ...]

    def payload(self) -> dict[str, object]:
        """As the event's payload."""
        return {"rule": self.rule, "before": self.before, "after": self.after, "reasons": list(self.reasons)}


RULE: Final = AuthorityRule(
    version=2,
    highest="confirm",
    steps=(
        Step(to="advise", n=100, coverage=0.85),
        Step(to="confirm", n=300, coverage=0.87, hit_rate=0.8, adoption=0.6, worth_excludes_zero=True),
        Step(to="auto", n=1000, coverage=0.88, hit_rate=0.9, adoption=0.9, worth_excludes_zero=True),
    ),
    guards=MappingProxyType(
        {"limit": "observe", "coverage": "observe", "drift": "observe", "stale_data": "advise", "adoption": "advise"}
    ),
)
"""The rule in force. Coverage is that of intervals with a nominal coverage of 0.9.

Version 1 ended at ``advise``, for nothing could be carried out yet; with the write-back gate it ends at ``confirm``.
"""


def authority(rule: AuthorityRule, evidence: Evidence, present: str) -> AuthorityMove | None:
    """The move that the evidence asks for; None to stay.

    Failing guards are looked at first; while one fails there is no way up. One step up at a time.

    Examples
    --------
    >>> good = Evidence(n=120, coverage=0.9)
    >>> authority(RULE, good, "observe").after, authority(RULE, good, "advise")
    ('advise', None)
    >>> authority(RULE, Evidence(n=120, coverage=0.9, failing=("limit",)), "advise").reasons
    ('guard limit fails',)
    """
    at = rank(present)
    if evidence.failing:
        falls = {guard: _falls_to(rule, guard, at) for guard in evidence.failing}
        lowest = min(falls.values())
        reasons = tuple(f"guard {guard} fails" for guard, level in falls.items() if level == lowest)
        return None if lowest == at else _step(rule, present, LADDER[lowest], reasons)
    if at > rank(rule.highest):
        return _step(rule, present, rule.highest, (f"rule {rule.version} ends at {rule.highest}",))
    if at == rank(rule.highest):
        return None
    step = rule.steps[at]
    return None if step.lacks(evidence) else _step(rule, present, step.to, (f"all that {step.to} needs is shown",))


def levels(events: Iterable[Event], since: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, str]:
    """The step each scenario stands on after these events; one that is not in the answer stands at the bottom.

    Raises
    ------
    IllegalMoveError
        If a move does not start where the scenario stands, or leads off the ladder.
    """
    standing = dict(since)
    for event in events:
        if event.kind != "authority":
            continue
        present = standing.get(event.subject, LADDER[0])
        before, after = event.payload.get("before"), str(event.payload.get("after"))
        if before != present or after not in LADDER or rank(after) > rank(present) + 1:
            raise IllegalMoveError(
                f"authority cannot move from {before} to {after}",
                hint=f"it stands at {present}; up goes one step at a time on {', '.join(LADDER)}",
                scenario=event.subject,
                event=str(event.seq),
            )
        standing[event.subject] = after
    return MappingProxyType(standing)


def _falls_to(rule: AuthorityRule, guard: str, at: int) -> int:
    if guard in rule.guards:
        return min(at, rank(rule.guards[guard]))
    return max(at - 1, 0)


def _step(rule: AuthorityRule, before: str, after: str, reasons: tuple[str, ...]) -> AuthorityMove:
    return AuthorityMove(rule=rule.version, before=before, after=after, reasons=reasons)

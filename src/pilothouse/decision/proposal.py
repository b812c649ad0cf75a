"""Proposals: the one currency in which every method's work reaches people.

A proposal carries the change with the range inside which a person may edit freely, what is predicted with its
interval, reasons that were verified, the baseline beside it, and all that is needed to make it again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from pilothouse.decision.event import canonical_json


class Ending(StrEnum):
    """How the search for a proposal ended; every one of them is an answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A predicted value with the interval it is given in.

    Parameters
    ----------
    value, low, high
        In ``unit``; ``low`` ≤ ``high``.
    unit
        Of all three.
    coverage
        Nominal probability that the interval holds the outcome.
    """

    value: float
    low: float
    high: float
    unit: str
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoint:
    """One lever of a proposal.

    Parameters
    ----------
    lever
        Key of the lever.
    name, unit
        How people call and measure it.
    value
        What is proposed.
    low, high
        The range inside which a person may edit freely: everywhere in it the asked probability holds.
    cost_low, cost_high
        What each end of the range costs, in money of the plant.
    limit_low, limit_high
        The hard limits it must keep.
    limit_source
        Who says so.
    """

    lever: str
    name: str
    unit: str
    value: float
    low: float
    high: float
    cost_low: float
    cost_high: float
    limit_low: float
    limit_high: float
    limit_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoints:
    """The change record of process scenarios: levers to be set for one piece."""

    points: tuple[SetPoint, ...]
    cost: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why, checked by predicting again without it.

    Parameters
    ----------
    what
        The fact in words, with its value.
    effect
        Change of the prediction when the fact is replaced by what is usual, in the result's unit.
    """

    what: str
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the plant would do without the hub, and what is predicted for it."""

    values: Mapping[str, float]
    cost: float
    forecast: Forecast
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One answer of a scenario about one subject.

    Parameters
    ----------
    scenario, subject
        Whose answer, about what.
    ending
        How the search ended; with ``infeasible`` and ``abstain`` there is no change, and ``why`` says why.
    why
        The reasons for the ending, in words.
    as_of_ns, valid_until_ns
        The instant it was made for and until when it may be decided.
    change
        What to do.
    forecast
        What will come out if it is done.
    probability
        That the result lands in its tolerance if it is done.
    aim
        Tolerance ``low`` to ``high`` and the ``probability`` asked.
    baseline
        What would be done anyway.
    reasons
        Verified reasons of the forecast, strongest first.
    model, data, upto, seed
        Model version, data fingerprint, historian sequence and root seed: with them it can be made again.
    """

    scenario: str
    subject: str
    ending: Ending
    why: tuple[str, ...]
    as_of_ns: int
    valid_until_ns: int
    change: SetPoints | None
    forecast: Forecast | None
    probability: float | None
    aim: Mapping[str, float]
    baseline: Baseline | None
    reasons: tuple[Reason, ...]
    model: str
    data: str
    upto: int
    seed: int

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        actionable = self.ending in (Ending.OPTIMAL, Ending.FEASIBLE)
        if actionable and self.change is None:
            raise ValueError(f"proposal on {self.subject}: {self.ending} needs a change")
        if not actionable and (self.change is not None or not self.why):
            raise ValueError(f"proposal on {self.subject}: {self.ending} has no change and needs a why")

    @staticmethod
    def from_json(text: str) -> "Proposal":
        """The proposal that :meth:`as_json` wrote."""
        fields = json.loads(text)
        change, forecast, baseline = fields["change"], fields["forecast"], fields["baseline"]
        if change is not None:
            change["points"] = tuple(SetPoint(**point) for point in change["points"])
            fields["change"] = SetPoints(**change)
        if forecast is not None:
            fields["forecast"] = Forecast(**forecast)
        if baseline is not None:
            fields["baseline"] = Baseline(**{**baseline, "forecast": Forecast(**baseline["forecast"])})
        fields["ending"] = Ending(fields["ending"])
        fields["why"] = tuple(fields["why"])
        fields["reasons"] = tuple(Reason(**reason) for reason in fields["reasons"])
        return Proposal(**fields)

    def as_json(self) -> str:
        """The one text of this proposal; replay compares it byte for byte."""
        return canonical_json(asdict(self))

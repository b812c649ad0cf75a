"""Worth: what a decision brought against what would have been done anyway, always with its basis.

Recorded history cannot show what was not done, so on recorded data the only basis is the model's own estimate, and
it is labelled so. Where not even that exists the answer is *not measurable*, never a guess.
"""

from dataclasses import dataclass
from enum import StrEnum

from pilothouse.decision.proposal import Proposal


class Basis(StrEnum):
    """How a worth is known."""

    MODEL_BASED = "model-based estimate"
    NOT_MEASURABLE = "not measurable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """The worth of one decision.

    Parameters
    ----------
    value
        Money gained against the baseline; None where not measurable.
    currency
        ISO 4217 code.
    basis
        How it is known.
    formula
        How it was computed, or why it could not be, in words with the numbers.
    """

    value: float | None
    currency: str
    basis: Basis
    formula: str


def model_based_worth(proposal: Proposal, *, miss_cost: float, currency: str) -> Worth:
    """The model's own estimate: saved lever cost and avoided misses, proposal against baseline.

    Parameters
    ----------
    proposal
        With change, probability and baseline; without any of them nothing is measurable.
    miss_cost
        Money that a result outside its tolerance costs.
    currency
        ISO 4217 code.

    Returns
    -------
    Worth
        ``(baseline cost - cost) + miss cost · (probability - baseline probability)``.
    """
    if proposal.change is None or proposal.baseline is None or proposal.probability is None:
        return Worth(
            value=None,
            currency=currency,
            basis=Basis.NOT_MEASURABLE,
            formula=f"the proposal ended {proposal.ending}: there is no change to compare",
        )
    saved = proposal.baseline.cost - proposal.change.cost
    avoided = proposal.probability - proposal.baseline.probability
    value = saved + miss_cost * avoided
    formula = (
        f"({proposal.baseline.cost:.2f} - {proposal.change.cost:.2f}) lever cost "
        f"+ {miss_cost:.2f} per miss x ({proposal.probability:.3f} - {proposal.baseline.probability:.3f})"
    )
    return Worth(value=value, currency=currency, basis=Basis.MODEL_BASED, formula=formula)

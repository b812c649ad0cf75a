"""`advise` and `decide`: a proposal, and what a person says to it."""

import json
import math
from enum import StrEnum
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder, ScenarioKey, Seed
from pilothouse.cli.output import facts, number, progress, say, say_json, table
from pilothouse.clock import format_instant, parse_instant
from pilothouse.decision.proposal import Forecast, Proposal, SetPoint
from pilothouse.decision.scenario import Question
from pilothouse.decision.worth import Worth
from pilothouse.hub.deciding import Shown, Verdict, advise, decide, moment
from pilothouse.hub.hub import Hub
from pilothouse.units import difference_unit


class Answer(StrEnum):
    """What a person may say."""

    ACCEPT = "accept"
    EDIT = "edit"
    REFUSE = "refuse"
    CONFIRM = "confirm"


SAID = {Answer.ACCEPT: "accepted", Answer.EDIT: "edited", Answer.REFUSE: "refused", Answer.CONFIRM: "confirmed"}


def advise_subject(  # noqa: PLR0913, PLR0917 - each is an option
    folder: Folder,
    subject: Annotated[str, typer.Argument(metavar="PIECE", help="The piece that needs a decision.")],
    as_of: Annotated[
        str,
        typer.Option("--as-of", help="now, first, last, the number of a measurement, or an instant: replays the past."),
    ] = "now",
    wish: Annotated[list[str] | None, typer.Option("--wish", help="NAME=VALUE, such as target=1600.")] = None,
    scenario: ScenarioKey = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Propose what to do with a piece: the cheapest range of the levers that keeps the asked probability.

    Example: pilothouse advise lf 1990 --as-of 2
    """
    wishes = _numbers("--wish", wish or [])
    with Hub.open(folder, beside=True) as hub:
        chosen = hub.scenario(scenario)
        with progress(f"advise {subject}", quiet=as_json):
            as_of_ns = moment(hub, chosen, subject, as_of)
            shown = advise(hub, chosen, Question(subject=subject, wishes=wishes), as_of_ns=as_of_ns, seed=seed)
        worth = chosen.worth(shown.proposal)
        zone = hub.workspace.plant.time_zone
    if as_json:
        say_json(proposal_json(shown, worth))
    else:
        show_proposal(shown, worth, zone)


def decide_proposal(  # noqa: PLR0913, PLR0917 - each is an option
    folder: Folder,
    proposal: Annotated[str, typer.Argument(help="The proposal's key, as `advise` printed it.")],
    answer: Annotated[Answer, typer.Argument(help="What you decide.")],
    actor: Annotated[str, typer.Option("--by", help="Who decides.")],
    changes: Annotated[list[str] | None, typer.Option("--set", help="LEVER=VALUE, for an edit.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed to refuse, or to leave the range.")] = "",
    at: Annotated[str | None, typer.Option("--at", help="When it was decided; by default now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Accept, edit or refuse a proposal, or confirm what another accepted; it is written into the ledger.

    Example: pilothouse decide lf p1a2b3c4d5e6 edit --by ana --set arc-heating=800
    """
    verdict = Verdict(said=SAID[answer], actor=actor, reason=reason, values=_numbers("--set", changes or []))
    with Hub.open(folder, beside=True) as hub:
        at_ns = hub.clock() if at is None else parse_instant(at, hub.workspace.plant.time_zone)
        state = decide(hub, proposal, verdict, at_ns=at_ns)
    if as_json:
        say_json({"ok": True, "proposal": proposal, "status": state.status})
        return
    say(f"{proposal}: {state.status} by {actor}")


def _numbers(option: str, given: list[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for text in given:
        name, _, value = text.partition("=")
        name = name.strip()
        try:
            numbers[name] = float(value)
        except ValueError:
            numbers[name] = math.nan
        if not name or not math.isfinite(numbers[name]):
            raise typer.BadParameter(f"{option}: expected NAME=NUMBER, got {text!r}")
    return numbers


def proposal_json(shown: Shown, worth: Worth) -> dict[str, object]:
    """A proposal as JSON values."""
    return {
        "ok": True,
        "key": shown.key,
        "authority": shown.authority,
        "violations": list(shown.violations),
        "is_hindsight": shown.is_hindsight,
        "proposal": json.loads(shown.proposal.as_json()),
        "worth": {
            "value": worth.value,
            "currency": worth.currency,
            "basis": str(worth.basis),
            "formula": worth.formula,
        },
    }


def show_proposal(shown: Shown, worth: Worth, zone: str) -> None:
    """A proposal for people: what to do, what comes of it, what else, and why."""
    proposal = shown.proposal
    say(f"{proposal.scenario}: {proposal.subject}, as known on {format_instant(proposal.as_of_ns, zone)}", "bold")
    if shown.is_hindsight:
        say(
            "in hindsight: the model has learnt from what was known only later; this shows nothing of its skill",
            "yellow",
        )
    if proposal.change is None:
        usual = [] if proposal.baseline is None else [("usual", _baseline(proposal))]
        why = [(str(proposal.ending), proposal.why[0]), *(("", more) for more in proposal.why[1:])]
        foretold = [] if proposal.forecast is None else [("forecast", _forecast(proposal.forecast))]
        facts([*foretold, *why, *usual, ("proposal", shown.key)])
        return
    if shown.violations:
        facts([("not shown", "the check found that it must not be advice"), *(("", v) for v in shown.violations)])
        return
    _show_change(proposal)
    state = "observed only, not advice yet" if shown.authority == "observe" else f"authority: {shown.authority}"
    rows = [("proposal", f"{shown.key}, valid until {format_instant(proposal.valid_until_ns, zone)}; {state}")]
    if worth.value is not None:
        said = f"{worth.value:+.2f} {worth.currency} against usual practice ({worth.basis}): {worth.formula}"
        rows.insert(0, ("worth", said))
    facts(rows)


def _show_change(proposal: Proposal) -> None:
    assert proposal.change is not None
    assert proposal.forecast is not None
    assert proposal.baseline is not None
    assert proposal.probability is not None
    unit = proposal.forecast.unit
    columns = ("lever", "set>", "free between>", "costs>", "usual practice>", "limit>")
    usual, money = proposal.baseline.values, proposal.change.currency
    table("Proposal", columns, (_lever(point, usual[point.lever], money) for point in proposal.change.points))
    asked = proposal.aim["probability"]
    aim = f"{proposal.aim['low']:g} to {proposal.aim['high']:g} {unit}"
    facts(
        [
            ("forecast", _forecast(proposal.forecast)),
            (
                "chance",
                f"{proposal.probability:.0%} to end within {aim} if nobody corrects later; asked {asked:.0%}",
            ),
            ("else", _baseline(proposal)),
            *((f"{r.effect:+.3g} {difference_unit(unit)}", r.what) for r in proposal.reasons),
        ]
    )


def _lever(point: SetPoint, usual: float, money: str) -> tuple[str, ...]:
    def said(value: float) -> str:
        return number(value, point.limit_high - point.limit_low)

    most = max(abs(point.cost_low), abs(point.cost_high))
    costs = [number(cost, most) for cost in (point.cost_low, point.cost_high)]
    return (
        point.name,
        f"{said(point.value)} {point.unit}",
        f"{said(point.low)} to {said(point.high)}",
        f"{costs[0]} to {costs[1]} {money}",
        said(usual),
        f"{said(point.limit_low)} to {said(point.limit_high)}",
    )


def _forecast(forecast: Forecast) -> str:
    span = forecast.high - forecast.low
    value, low, high = (number(v, span, digits=2) for v in (forecast.value, forecast.low, forecast.high))
    return f"{value} {forecast.unit}, {forecast.coverage:.0%} interval {low} to {high} {forecast.unit}"


def _baseline(proposal: Proposal) -> str:
    assert proposal.baseline is not None
    points = {} if proposal.change is None else {point.lever: point for point in proposal.change.points}
    amounts = []
    for lever, value in proposal.baseline.values.items():
        point = points.get(lever)
        span, unit = (value, "") if point is None else (point.limit_high - point.limit_low, f" {point.unit}")
        amounts.append(f"{lever} {number(value, span)}{unit}")
    would_end = f"would end at {_forecast(proposal.baseline.forecast)}"
    return f"{', '.join(amounts)} {would_end}, in tolerance with {proposal.baseline.probability:.0%}"

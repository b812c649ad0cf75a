"""`advise` and `decide`: a proposal, and what a person says to it."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder, ScenarioKey, Seed
from pilothouse.cli.output import facts, people, progress, say_json, table
from pilothouse.clock import format_instant, parse_instant
from pilothouse.decision.proposal import Baseline, Forecast, Proposal
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


SAID = {Answer.ACCEPT: "accepted", Answer.EDIT: "edited", Answer.REFUSE: "refused"}


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
    with Hub.open(folder) as hub:
        chosen = hub.scenario(scenario)
        with progress(f"advise {subject}", quiet=as_json):
            as_of_ns = moment(hub, chosen, subject, as_of)
            shown = advise(hub, chosen, Question(subject=subject, wishes=wishes), as_of_ns=as_of_ns, seed=seed)
        worth = chosen.worth(shown.proposal)
        zone = hub.workspace.plant.time_zone
    if as_json:
        say_json(_as_json(shown, worth))
    else:
        _show(shown, worth, zone)


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
    """Accept, edit or refuse a proposal; it is written into the ledger.

    Example: pilothouse decide lf p1a2b3c4d5e6 edit --by ana --set arc-heating=800
    """
    verdict = Verdict(said=SAID[answer], actor=actor, reason=reason, values=_numbers("--set", changes or []))
    with Hub.open(folder) as hub:
        at_ns = hub.clock() if at is None else parse_instant(at, hub.workspace.plant.time_zone)
        state = decide(hub, proposal, verdict, at_ns=at_ns)
    if as_json:
        say_json({"ok": True, "proposal": proposal, "status": state.status})
        return
    people.print(f"{proposal}: {state.status} by {actor}", markup=False)


def _numbers(option: str, given: list[str]) -> dict[str, float]:
    numbers = {}
    for text in given:
        name, sign, value = text.partition("=")
        try:
            numbers[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise typer.BadParameter(f"{option}: expected NAME=NUMBER, got {text!r}")
    return numbers


def _as_json(shown: Shown, worth: Worth) -> dict[str, object]:
    return {
        "ok": True,
        "key": shown.key,
        "authority": shown.authority,
        "violations": list(shown.violations),
        "proposal": json.loads(shown.proposal.as_json()),
        "worth": {
            "value": worth.value,
            "currency": worth.currency,
            "basis": str(worth.basis),
            "formula": worth.formula,
        },
    }


def _show(shown: Shown, worth: Worth, zone: str) -> None:
    proposal = shown.proposal
    as_of = format_instant(proposal.as_of_ns, zone)
    people.print(f"[bold]{proposal.scenario}: {proposal.subject}[/], as known on {as_of}")
    if proposal.change is None:
        usual = [] if proposal.baseline is None else [("usual", _baseline(proposal.baseline))]
        facts([(str(proposal.ending), proposal.why[0]), *(("", why) for why in proposal.why[1:]), *usual])
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
    money, unit = proposal.change.currency, proposal.forecast.unit
    columns = ("lever", "set>", "free between>", "costs>", "usual practice>", "limit>")
    rows = (
        (
            point.name,
            f"{point.value:,.0f} {point.unit}",
            f"{point.low:,.0f} to {point.high:,.0f}",
            f"{point.cost_low:,.0f} to {point.cost_high:,.0f} {money}",
            f"{proposal.baseline.values[point.lever]:,.0f}",
            f"{point.limit_low:,.0f} to {point.limit_high:,.0f}",
        )
        for point in proposal.change.points
    )
    table("Proposal", columns, rows)
    aim = f"{proposal.aim['low']:g} to {proposal.aim['high']:g} {unit}"
    reasons = [(f"{reason.effect:+.1f} {difference_unit(unit)}", reason.what) for reason in proposal.reasons]
    facts(
        [
            ("forecast", _forecast(proposal.forecast)),
            ("chance", f"{proposal.probability:.0%} to end within {aim}; asked {proposal.aim['probability']:.0%}"),
            ("else", _baseline(proposal.baseline)),
            *reasons,
        ]
    )


def _forecast(forecast: Forecast) -> str:
    inside = f"{forecast.low:.0f} to {forecast.high:.0f} {forecast.unit}"
    return f"{forecast.value:.0f} {forecast.unit}, {forecast.coverage:.0%} interval {inside}"


def _baseline(baseline: Baseline) -> str:
    amounts = ", ".join(f"{lever} {value:,.0f}" for lever, value in baseline.values.items())
    return f"{amounts} would end at {_forecast(baseline.forecast)}, in tolerance with {baseline.probability:.0%}"

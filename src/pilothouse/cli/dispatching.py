"""`dispatch`: what was decided goes to the plant through the write-back gate, or is only shown."""

from dataclasses import asdict
from typing import Annotated, Final

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import progress, say, say_json, table
from pilothouse.decision.commanded import DONE
from pilothouse.errors import DecisionError, SourceError
from pilothouse.hub.commanding import Sent
from pilothouse.hub.dispatching import DRY_RUN, REFUSED, Dispatched, Gate
from pilothouse.hub.hub import Hub
from pilothouse.hub.outlets import outlets_of, wired

_STYLES: Final = {DONE: "green", DRY_RUN: "yellow"}


def dispatch_decision(
    folder: Folder,
    proposal: Annotated[
        str | None, typer.Argument(help="The proposal's key; without one only open commands are looked after.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    actor: Annotated[str, typer.Option("--by", help="Who asks for it.")] = "hub",
    as_json: AsJson = False,
) -> None:
    """Send what was decided to the plant if everything still holds; a dry run unless the plant folder enables more.

    Example: pilothouse dispatch mill p1a2b3c4d5e6 --dry-run
    """
    with Hub.open(folder, beside=True) as hub, wired(outlets_of(hub.workspace)) as wires:
        gate = Gate(hub, wires)
        with progress("dispatch", quiet=as_json):
            settled = gate.reconcile()
            report = None if proposal is None else gate.dispatch(proposal, by=actor, dry_run=dry_run)
        enabled = hub.workspace.write_back.enabled
    if as_json:
        say_json(_json(settled, report))
    else:
        _show(settled, report, enabled=enabled)
    if report is not None and report.ending not in (DONE, DRY_RUN):
        raise typer.Exit(DecisionError.exit_code if report.ending == REFUSED else SourceError.exit_code)


def _json(settled: tuple[Sent, ...], report: Dispatched | None) -> dict[str, object]:
    told: dict[str, object] = {"ok": report is None or report.ending in (DONE, DRY_RUN)}
    if report is not None:
        told |= asdict(report)
    return {**told, "settled": [asdict(sent) for sent in settled]}


def _show(settled: tuple[Sent, ...], report: Dispatched | None, *, enabled: bool) -> None:
    if settled:
        _show_sent("Commands that were open", settled)
    if report is None:
        if not settled:
            say("no command is open")
        return
    say(f"{report.proposal}: {report.ending}", _STYLES.get(report.ending, "red"))
    if report.ending == DRY_RUN and not enabled:
        say("nothing is sent as long as [write_back] does not say enabled = true")
    if report.writes:
        _show_sent("Would be written" if report.ending in (DRY_RUN, REFUSED) else "Written", report.writes)
    if report.taken_back:
        _show_sent("Taken back", report.taken_back)
    for reason in report.reasons:
        say(f"- {reason}")


def _show_sent(title: str, sent: tuple[Sent, ...]) -> None:
    columns = ("parameter", "before>", "value>", "read back>", "unit", "ending", "why")
    rows = (
        (one.parameter, _number(one.before), _number(one.value), _number(one.read_back), one.unit, one.ending, one.why)
        for one in sent
    )
    table(title, columns, rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"

"""`ledger`: what was decided, whether the chain holds, and whether an old proposal can be made again."""

import json
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, ComputeSetting, Folder
from pilothouse.cli.output import people, progress, say, say_json, table
from pilothouse.clock import format_instant
from pilothouse.compute.setting import compute_of
from pilothouse.decision.event import Event
from pilothouse.errors import StoreCorruptError
from pilothouse.hub.deciding import replay
from pilothouse.hub.hub import Hub
from pilothouse.hub.replaying import Replayed, proposals_in, replay_many

ledger = typer.Typer(help="Look into the ledger.", no_args_is_help=True, rich_markup_mode=None)

_SHORT = 90


@ledger.command("show")
def show(
    folder: Folder,
    subject: Annotated[str | None, typer.Argument(help="A proposal's or a scenario's key; by default all.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only events of this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the events of the ledger.

    Example: pilothouse ledger show lf --kind decided
    """
    with Hub.open(folder, beside=True) as hub:
        events = hub.ledger.read(subject=subject, kind=kind)
        zone = hub.workspace.plant.time_zone
    if as_json:
        say_json([_as_json(event) for event in events])
        return
    if subject is not None and events:
        for event in events:
            say(f"{event.seq} {event.kind}, {format_instant(event.at_ns, zone)} by {event.actor}", "bold")
            people.print_json(json.dumps(_unfolded(event), ensure_ascii=False))
        return
    rows = (
        (str(e.seq), format_instant(e.at_ns, zone), e.kind, e.subject, e.actor, e.payload_json[:_SHORT]) for e in events
    )
    table(f"{len(events)} events", ("no>", "at", "kind", "subject", "by", "what"), rows)


@ledger.command("verify")
def verify(folder: Folder, as_json: AsJson = False) -> None:
    """Check the hash chain: whether any event was changed, removed or slipped in.

    Example: pilothouse ledger verify lf
    """
    with Hub.open(folder, beside=True) as hub:
        broken = hub.ledger.verify()
        count = len(hub.ledger.read())
    if as_json:
        say_json({"ok": not broken, "events": count, "broken": list(broken)})
    else:
        for fault in broken:
            say(fault, "red")
        say(f"{count} events; {'the chain is broken' if broken else 'the chain holds'}")
    if broken:
        raise typer.Exit(StoreCorruptError.exit_code)


@ledger.command("replay")
def replay_proposal(
    folder: Folder,
    proposal: Annotated[str | None, typer.Argument(help="The proposal's key; needless with --all.")] = None,
    every_one: Annotated[bool, typer.Option("--all", help="Replay every proposal of the ledger.")] = False,
    compute: ComputeSetting = None,
    as_json: AsJson = False,
) -> None:
    """Make an old proposal again from what was stored then, and compare byte for byte.

    Example: pilothouse ledger replay lf p1a2b3c4d5e6
    """
    if (proposal is None) != every_one:
        raise typer.BadParameter("give the proposal's key, or --all")
    with Hub.open(folder, beside=True) as hub:
        if proposal is None:
            setting = hub.workspace.settings.compute if compute is None else compute
            _replay_all(hub, setting, as_json=as_json)
            return
        same, old, new = replay(hub, proposal)
    if as_json:
        say_json({"ok": same, "proposal": proposal, "then": json.loads(old), "now": json.loads(new)})
    elif same:
        say(f"{proposal}: the same, byte for byte ({len(old)} bytes)")
    else:
        say(f"{proposal}: NOT the same; {_what_differs(old, new)}")
    if not same:
        raise typer.Exit(StoreCorruptError.exit_code)


def _replay_all(hub: Hub, setting: str, *, as_json: bool) -> None:
    keys = proposals_in(hub)
    replayed: list[Replayed] = []
    with compute_of(setting) as compute, progress(f"replay {len(keys)} proposals", quiet=as_json) as step:
        for one in replay_many(hub, compute, keys):
            replayed.append(one)
            step(len(replayed), len(keys))
    other = [one for one in replayed if not one.is_same]
    if as_json:
        differ = {one.key: one.why or _what_differs(one.old, one.new) for one in other}
        say_json({"ok": not other, "proposals": len(replayed), "same": len(replayed) - len(other), "differ": differ})
    else:
        for one in other:
            say(f"{one.key}: NOT the same; {one.why or _what_differs(one.old, one.new)}", "red")
        say(f"{len(replayed) - len(other)} of {len(replayed)} proposals are the same, byte for byte")
    if other:
        raise typer.Exit(StoreCorruptError.exit_code)


def _what_differs(old: str, new: str) -> str:
    then, now = json.loads(old), json.loads(new)
    differ = ", ".join(key for key in then if then[key] != now[key])
    return f"{differ} differ. Was plant.toml changed since, or Pilothouse itself?"


def _as_json(event: Event) -> dict[str, object]:
    return {
        "seq": event.seq,
        "at_ns": event.at_ns,
        "kind": event.kind,
        "subject": event.subject,
        "actor": event.actor,
        "payload": _unfolded(event),
        "hash": event.hash,
    }


def _unfolded(event: Event) -> dict[str, object]:
    """The payload with the proposal inside it readable."""
    payload = event.payload
    if isinstance(payload.get("proposal"), str):
        payload["proposal"] = json.loads(str(payload["proposal"]))
    return payload

"""`cards` and `sensors`: what is known of every parameter, and whether a declared sensor or its process is at fault."""

import math
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import facts, number, progress, say, say_json, table
from pilothouse.clock import NS_PER_H, format_instant
from pilothouse.errors import UnknownParameterError, use_known
from pilothouse.hub.hub import Hub
from pilothouse.hub.watching import instant, parameter_cards, sensor_reports
from pilothouse.packs.steel.card import Card
from pilothouse.packs.steel.cards import Cards, UnitCard
from pilothouse.plant.frame import BAD, GOOD

AsOf = Annotated[str, typer.Option("--as-of", help="now, last for the newest observation, or an instant.")]
STATUS = {GOOD: "good", BAD: "bad"}
MOST_LISTED = 20


def cards(
    folder: Folder,
    parameter: Annotated[str | None, typer.Option("--parameter", help="Only this one, with everything.")] = None,
    as_of: AsOf = "now",
    as_json: AsJson = False,
) -> None:
    """A card for every parameter: limits, live value, soft sensor, capability, drift, criticality, owner.

    Example: pilothouse cards lf --as-of last
    """
    with Hub.open(folder, beside=True) as hub:
        plant = hub.workspace.plant
        if parameter is not None and parameter not in plant.parameters:
            hint = use_known(parameter, tuple(plant.parameters))
            raise UnknownParameterError(f"unknown parameter {parameter!r}", hint=hint)
        with progress("work the cards out", quiet=as_json):
            told = parameter_cards(hub, as_of_ns=instant(hub, as_of))
    chosen = [card for card in told.cards if parameter in {None, card.parameter.key}]
    if as_json:
        units = [unit_json(unit) for unit in told.units]
        say_json({"as_of_ns": told.as_of_ns, "cards": [card.as_json() for card in chosen], "units": units})
    elif parameter is not None:
        _show(chosen[0], plant.time_zone)
    else:
        _show_all(told)


def sensors(folder: Folder, as_of: AsOf = "now", as_json: AsJson = False) -> None:
    """Whether a declared sensor or its process is at fault, with the evidence.

    Example: pilothouse sensors mill --as-of last
    """
    with Hub.open(folder, beside=True) as hub:
        zone = hub.workspace.plant.time_zone
        with progress("ask the evidence", quiet=as_json):
            reports = sensor_reports(hub, as_of_ns=instant(hub, as_of))
    if as_json:
        said = [
            {
                "key": report.watch.key,
                "sensor": report.watch.sensor,
                "ruling": report.finding.ruling,
                "words": list(report.words),
                "as_of_ns": report.as_of_ns,
                "pieces": report.pieces,
            }
            for report in reports
        ]
        say_json({"sensors": said})
        return
    if not reports:
        say("no sensor is watched; add [[sensor_watch]] to plant.toml")
    for report in reports:
        first, *evidence = report.words
        say(f"{report.watch.title}, {format_instant(report.as_of_ns, zone)}, {report.pieces:,} pieces", style="bold")
        say(first)
        for one in evidence:
            say(f"  {one}")


def unit_json(unit: UnitCard) -> dict[str, object]:
    """The watch over a unit as JSON writes it."""
    said: dict[str, object] = {"unit": unit.unit, "parameters": unit.parameters, "pieces": unit.pieces, "watch": None}
    if unit.state is not None:
        state = unit.state
        said["watch"] = {
            "t2_over_limit": state.t2,
            "spe_over_limit": state.spe,
            "alarms": state.alarms,
            "of_t2": [{"parameter": name, "share": share} for name, share in state.of_t2],
            "of_spe": [{"parameter": name, "share": share} for name, share in state.of_spe],
        }
    return said


def _show(card: Card, zone: str) -> None:
    p = card.parameter
    span = (p.high or 1.0) - (p.low or 0.0)

    def n(value: float) -> str:
        return number(value, span)

    rows = [("parameter", f"{p.key}: {p.name}, {p.role}"), ("owner", " < ".join(card.owner) or "nobody is declared")]
    rows.append(("limits", _limits(card)))
    if card.live is None:
        rows.append(("live value", "none is recorded"))
    else:
        live = card.live
        when = f"at {format_instant(live.happened_ns, zone)}, known {format_instant(live.known_ns, zone)}"
        age = f"{live.age_ns / NS_PER_H:,.1f} h old, {STATUS.get(live.status, 'uncertain')}"
        rows.append(("live value", f"{n(live.value)} {p.unit} {when}, {age}"))
    if card.soft_sensor is None:
        rows.append(("expected", card.not_expected))
    else:
        soft = card.soft_sensor
        usual = f"usually within {n(soft.usual_residual)}, explains {100.0 * soft.explained:.0f} %"
        rows.append(("expected", f"{n(soft.expected)} {p.unit} from the others of its unit ({usual})"))
    rows.extend([("capability", _capability(card)), ("drift", _drift(card, zone)), ("criticality", _critical(card))])
    facts(rows)


def _limits(card: Card) -> str:
    p = card.parameter
    declared = f"{_side(p.limit.low)} to {_side(p.limit.high)} {p.unit} ({p.limit.source})"
    limit = declared if p.limit.source else "no limit declared"
    return f"{limit}; credible {_side(p.low)} to {_side(p.high)} {p.unit}"


def _side(value: float | None) -> str:
    return "open" if value is None else f"{value:g}"


def _capability(card: Card) -> str:
    told = card.capability
    if told is None:
        return "cannot be told"
    cp = "" if math.isnan(told.cp) else f"Cp {told.cp:.2f} ({told.cp_low:.2f} to {told.cp_high:.2f}), "
    against = "its limit" if card.against == "limit" else "its credible range, no limit is declared"
    return f"{cp}Cpk {told.cpk:.2f} ({told.cpk_low:.2f} to {told.cpk_high:.2f}) against {against}"


def _drift(card: Card, zone: str) -> str:
    if card.drift.since_ns is None:
        return card.drift.side
    return f"{card.drift.side} since {format_instant(card.drift.since_ns, zone)}"


def _critical(card: Card) -> str:
    told = card.criticality
    if told is None:
        return card.not_critical
    effect = f"{told.effect:+.3g} ± {told.half:.2g} {told.unit} of {told.result}"
    return f"{'' if told.shown else card.not_critical + ': '}{effect} for {told.move:.3g} {card.parameter.unit} more"


def _show_all(told: Cards) -> None:
    said = [card for card in told.cards if card.live is not None]
    expected = sum(card.soft_sensor is not None for card in told.cards)
    drifting = [card for card in told.cards if card.drift.since_ns is not None]
    critical = [card for card in told.cards if card.criticality is not None and card.criticality.shown]
    say(
        f"{len(told.cards):,} cards: {len(said):,} with a live value, {expected:,} expected from others, "
        f"{len(drifting):,} drifting, {len(critical):,} with an effect on the result shown"
    )
    critical.sort(key=lambda card: -abs(card.criticality.effect) if card.criticality else 0.0)
    rows = [(card.parameter.key, _critical(card), card.drift.side) for card in critical[:MOST_LISTED]]
    if rows:
        table("Most critical", ("parameter", "effect of one usual spread", "drift"), rows)
    states = [
        (
            unit.unit,
            str(unit.parameters),
            f"{unit.pieces:,}",
            f"{unit.state.t2:.2f}",
            f"{unit.state.spe:.2f}",
            f"{100.0 * unit.state.alarms:.1f} %",
            ", ".join(name for name, _ in unit.state.of_spe),
        )
        for unit in told.units
        if unit.state is not None
    ]
    if states:
        columns = ("unit", "parameters>", "pieces>", "T²/limit>", "SPE/limit>", "alarms>", "most in SPE")
        table("Units, newest piece", columns, states)

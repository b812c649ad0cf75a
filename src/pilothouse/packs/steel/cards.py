"""A card for every parameter of a plant, from one snapshot.

Each parameter is told within like products: what is usual for pieces that the first standing of the virtual test would
call alike, and of the same declared strip thickness. Where no virtual test is declared, products are not told apart and
nothing is critical. All of it is learnt on the first rows of the snapshot and told of the last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.view import Read, Snapshot
from pilothouse.methods.estimate.drift import Drift
from pilothouse.methods.monitor.capability import capability
from pilothouse.methods.monitor.criticality import effects
from pilothouse.methods.monitor.product import usual
from pilothouse.methods.monitor.relation import robust_spread
from pilothouse.methods.monitor.unit_watch import LEARNT, UnitState, unit_state
from pilothouse.methods.monitor.whitening import autoregressions, innovations
from pilothouse.packs.steel.card import EXPLAINS_LEAST, Against, Card, Criticality, DriftState, Live, SoftSensor
from pilothouse.packs.steel.declaration import VirtualTest
from pilothouse.packs.steel.products import products_of, told_of
from pilothouse.packs.steel.unit_table import Array, UnitTable, unit_tables
from pilothouse.plant.frame import parameters_of, status_column
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

CHART: Final = Drift(limit=5.0, allowance=0.5)
"""Of daily means: one false alarm in 469 days of each parameter (:mod:`pilothouse.methods.estimate.drift`)."""
LEAST_DAYS: Final = 20
"""So many days are learnt from before a chart of daily means begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCard:
    """The watch over what is told together of a unit; None where it cannot be watched."""

    unit: str
    parameters: int
    pieces: int
    state: UnitState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """All cards, in the order in which the plant declares its parameters, and the watch over every unit."""

    as_of_ns: int
    cards: tuple[Card, ...]
    units: tuple[UnitCard, ...]


def reads_of(plant: Plant) -> tuple[Read, ...]:
    """What cards look at: every parameter, all that is recorded."""
    return (Read(parameters=tuple(plant.parameters), genealogy=True),)


def cards_of(snapshot: Snapshot, plant: Plant, test: VirtualTest | None, owners: Mapping[str, str]) -> Cards:
    """A card for every declared parameter, and what every unit is watched by.

    Parameters
    ----------
    snapshot
        By :func:`reads_of`.
    plant
        The declared parameters and who owns them.
    test
        Whose result is what matters; None where none is declared.
    owners
        Declared owner by parameter; the others are owned by whom their equipment belongs to.
    """
    products = products_of(snapshot, plant, test)
    live = dict(_live(snapshot))
    told: dict[str, Card] = {}
    units: list[UnitCard] = []
    for table in unit_tables(snapshot):
        features, result, weight = told_of(snapshot, table, products)
        cards, state = _of_table(table, features, result, weight, plant, products.result, live)
        told |= {card.parameter.key: card for card in cards}
        units.append(UnitCard(unit=table.unit, parameters=len(table.names), pieces=len(table.pieces), state=state))
    cards_in_order = tuple(told.get(key) or _empty(plant, parameter) for key, parameter in plant.parameters.items())
    owned = tuple(
        replace(card, owner=(owners[card.parameter.key],)) if card.parameter.key in owners else card
        for card in cards_in_order
    )
    return Cards(as_of_ns=snapshot.as_of_ns, cards=owned, units=tuple(units))


def _of_table(  # noqa: PLR0913, PLR0917 - what is told of one table
    table: UnitTable,
    features: Mapping[str, Array],
    result: Array,
    weight: Array,
    plant: Plant,
    result_of: Parameter | None,
    live: Mapping[str, Live],
) -> tuple[list[Card], UnitState | None]:
    """The cards of one table and the watch over it."""
    learnt = round(LEARNT * len(table.pieces))
    level = _levels(table, features, learnt)
    within = table.values - level
    state = unit_state(within, table.names)
    spread = np.array([robust_spread(column) for column in within.T])
    deviation = np.array([np.nanstd(column) if np.isfinite(column).any() else np.nan for column in within.T])
    move = np.where(spread > 0.0, spread, deviation)
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = np.clip(np.where(move > 0.0, within / move, np.nan), -6.0, 6.0)
    days = table.ended_ns // NS_PER_DAY
    found = effects(moves, result, days, weight, asked=len(plant.parameters))
    places = {name: k for k, name in enumerate(state.names)} if state is not None else {}
    cards = []
    for k, name in enumerate(table.names):
        p = plant.parameters[name]
        soft, why = _soft_sensor(state, places.get(name), level[-1, k])
        against: Against = "limit" if p.limit.low is not None or p.limit.high is not None else "range"
        low, high = (p.limit.low, p.limit.high) if against == "limit" else (p.low, p.high)
        critical, not_critical = _criticality(result_of, p, move[k], found.value[k], found.half[k])
        cards.append(
            Card(
                parameter=p,
                owner=_owner(plant, p),
                live=live.get(name),
                soft_sensor=soft,
                not_expected=why,
                capability=capability(within[:, k], _centre(table.values[:, k], within[:, k]), low, high),
                against=against,
                drift=_drift(within[:, k], days),
                criticality=critical,
                not_critical=not_critical,
            )
        )
    return cards, state


def _levels(table: UnitTable, features: Mapping[str, Array], learnt: int) -> Array:
    """What is usual (n, p); a parameter that itself tells products apart is not asked about itself."""
    everything = np.column_stack([np.zeros((len(table.pieces), 0)), *features.values()])
    level = usual(table.values, everything, learnt)
    for name in set(table.names) & set(features):
        others = [column for key, column in features.items() if key != name]
        k = table.names.index(name)
        level[:, [k]] = usual(
            table.values[:, [k]], np.column_stack([np.zeros((len(table.pieces), 0)), *others]), learnt
        )
    return level


def _centre(values: Array, within: Array) -> float:
    """Mean of what runs now: what is usual for the newest pieces, and by how much they are off it."""
    there = np.flatnonzero(np.isfinite(values) & np.isfinite(within))
    if not len(there):
        return float("nan")
    newest = there[-1]
    return float(values[newest] - within[newest] + np.median(within[there[-max(len(there) // 5, 1) :]]))


def _soft_sensor(state: UnitState | None, place: int | None, level: float) -> tuple[SoftSensor | None, str]:
    if state is None:
        return None, "its unit has too few pieces or parameters to tell"
    if place is None:
        return None, "it hardly ever moves, or is told of too few pieces"
    if state.explained[place] < EXPLAINS_LEAST:
        return None, f"not expected from others: they explain {100.0 * state.explained[place]:.0f} %"
    expected = float(level + state.value[place])
    scale, explained = float(state.scale[place]), float(state.explained[place])
    return SoftSensor(expected=expected, usual_residual=scale, explained=explained), ""


def _criticality(
    result: Parameter | None, parameter: Parameter, move: float, effect: float, half: float
) -> tuple[Criticality | None, str]:
    if result is None:
        return None, "no virtual test is declared"
    if result.key == parameter.key:
        return None, "it is the result"
    if not (np.isfinite(effect) and np.isfinite(half)):
        return None, "it hardly ever moves, or too few tested pieces came of it"
    told = Criticality(result=result.key, unit=result.unit, move=move, effect=effect, half=half)
    return told, "" if told.shown else "none shown: the interval holds zero"


def _drift(within: Array, days: NDArray[np.int64]) -> DriftState:
    """A chart of innovations of daily means, learnt on the first days."""
    there = np.isfinite(within)
    if not there.any():
        return DriftState(side="not told")
    values = np.clip(within[there], *np.quantile(within[there], [0.005, 0.995]))
    when, place = np.unique(days[there], return_inverse=True)
    means = np.bincount(place, weights=values) / np.bincount(place)
    learnt = round(LEARNT * len(means))
    if learnt < LEAST_DAYS or means[:learnt].std() <= 0.0:
        return DriftState(side="not told")
    off = means - means[:learnt].mean()
    surprise = innovations(off[:, None], autoregressions(off[:learnt, None]))[:, 0]
    scale = float(surprise[:learnt].std())
    if scale <= 1e-12 * max(float(np.abs(means).max()), 1e-300):
        return DriftState(side="not told")
    chart = CHART.fold(surprise[learnt:], scale)
    for alarm in chart.standing:
        if alarm.side in {"above", "below"}:
            return DriftState(side=alarm.side, since_ns=int(when[learnt + alarm.since]) * NS_PER_DAY)
    return DriftState(side="steady")


def _live(snapshot: Snapshot) -> Iterator[tuple[str, Live]]:
    """The newest value of every parameter that has one."""
    for _, frame in sorted(snapshot.frames.items()):
        ordered = frame.sort("end_ns", "known_ns")
        for name in parameters_of(ordered):
            known = ordered[name].is_not_null().arg_true()
            if not len(known):
                continue
            row = int(known[-1])
            status = status_column(name)
            yield (
                name,
                Live(
                    value=float(ordered[name][row]),
                    status=int(ordered[status][row] or 0) if status in ordered.columns else 0,
                    piece=ordered["piece"][row] or "",
                    happened_ns=int(ordered["end_ns"][row]),
                    known_ns=int(ordered["known_ns"][row]),
                    age_ns=snapshot.as_of_ns - int(ordered["end_ns"][row]),
                ),
            )


def _owner(plant: Plant, parameter: Parameter) -> tuple[str, ...]:
    """Names from the equipment that has the parameter up to the area."""
    names: list[str] = []
    key: str | None = parameter.equipment
    while key is not None and key in plant.equipment and plant.equipment[key].level not in {"site", "enterprise"}:
        names.append(plant.equipment[key].name)
        key = plant.equipment[key].parent
    return tuple(names)


def _empty(plant: Plant, parameter: Parameter) -> Card:
    """The card of a parameter of which nothing is recorded."""
    return Card(
        parameter=parameter,
        owner=_owner(plant, parameter),
        live=None,
        soft_sensor=None,
        not_expected="nothing is recorded",
        capability=None,
        against="none",
        drift=DriftState(side="not told"),
        criticality=None,
        not_critical="nothing is recorded",
    )

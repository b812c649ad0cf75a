"""Re-application of finished coils on the silicon mill: usual practice with and without it, paired coil by coil.

Every draw is one mill under usual practice, recorded after a warming-up of two lead times' worth of queue, and replayed
(:mod:`.order_replay`) with the steel pack's re-application in two markets: *sales follows*, the mill's own rule, by
which sales sells more of a grade once coils are given to it and less of the one they were made for; and *orders held*,
in which the same customers order the same whatever is made better. In the second no price can be won for long.

Money is what the declaration says of it: price, less lateness, less lying in the dispatch hall; and of that less
claims for metal that truly misses what it was sold as, which the plant's hidden truth tells. The optimum with hindsight
counts no claims and is an upper bound: it knows every coil and every order of the span beforehand and may split coils.
"""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from statistics import fmean, median, stdev

from scipy.stats import t as student

from benchmarks.figure import Figure
from benchmarks.hindsight import best_eur_per_t
from benchmarks.order_replay import Record, Replay, record
from pilothouse.decision.reapplication import Reapplication
from pilothouse.hub.workspace import open_workspace
from pilothouse.packs.steel.reapplication.dispatching import SteelReapplication
from proving_ground.silicon_mill import family

DRAWS = ((31, 1), (32, 2), (33, 3), (34, 4), (35, 5), (36, 6))
"""Seeds and plant variations; none of them was looked at while the pack was built."""

WARM_UP_D, COUNTED_D = 60.0, 90.0
WORKERS = 2
FIGURES = {
    "net_eur_per_t": "EUR/t",
    "before_claims_eur_per_t": "EUR/t",
    "price_eur_per_t": "EUR/t",
    "late_d": "d",
    "finished_d": "d",
    "on_time_share": "%",
    "lead_time_p50_d": "d",
    "lead_time_p90_d": "d",
    "misapplied_share": "%",
}
SLOWEST_MS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one draw came to."""

    usual: Mapping[str, float]
    follow: Mapping[str, float]
    held: Mapping[str, float]
    best_eur_per_t: float
    place_ms: float
    refused: int


def brought_for(*, sales_follow: bool) -> tuple[Reapplication, ...]:
    """The mill's declared re-application, in a market."""
    declared = (
        one.declared for one in open_workspace(family.folder).reapplications if isinstance(one, SteelReapplication)
    )
    return tuple(SteelReapplication(declared=replace(one, sales_follow=sales_follow)) for one in declared)


def net(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures with the money of all of them."""
    terms = next(one.declared.terms for one in brought_for(sales_follow=True) if isinstance(one, SteelReapplication))
    spent = terms.late_t_d * figures["late_d"] + terms.holding_t_d * figures["finished_d"]
    before_claims = figures["price_eur_per_t"] - spent
    claims = 0.01 * terms.claim_t * figures["claimed_share"]
    return {**figures, "before_claims_eur_per_t": before_claims, "net_eur_per_t": before_claims - claims}


def replayed(told: Record) -> Told:
    """Usual practice, and both markets."""
    usual, follow, held = (Replay(told, sales_follow=follows) for follows in (True, True, False))
    usual.run()
    in_one, in_other = follow.run(brought_for(sales_follow=True)), held.run(brought_for(sales_follow=False))
    return Told(
        usual=net(usual.figures()),
        follow=net(follow.figures()),
        held=net(held.figures()),
        best_eur_per_t=best_eur_per_t(told, usual.book),
        place_ms=1e3 * median(in_one.place_s + in_other.place_s),
        refused=sum(bool(made.refused) for made in (*in_one.moves, *in_other.moves)),
    )


def one(draw: tuple[int, int]) -> Told:
    """One draw."""
    told, _ = record(seed=draw[0], plant_variation=draw[1], warm_up_d=WARM_UP_D, counted_d=COUNTED_D)
    return replayed(told)


def run() -> list[Figure]:
    """All draws."""
    with ProcessPoolExecutor(max_workers=WORKERS, mp_context=get_context("spawn")) as pool:
        return figures_of(list(pool.map(one, DRAWS)))


def figures_of(draws: list[Told]) -> list[Figure]:
    """Means, and changes with 95 % intervals over draws."""
    found = [Figure(name="draws", value=float(len(draws)), unit="pieces")]
    for name, unit in FIGURES.items():
        found.append(Figure(name=f"usual practice: {name}", value=fmean(d.usual[name] for d in draws), unit=unit))
        for market, runs in (("sales follows", [d.follow for d in draws]), ("orders held", [d.held for d in draws])):
            changes = [with_it[name] - d.usual[name] for with_it, d in zip(runs, draws, strict=True)]
            found += _with_interval(f"{market}: change of {name}", changes, unit)
    short = [d.best_eur_per_t - d.usual["before_claims_eur_per_t"] for d in draws]
    short_held = [d.best_eur_per_t - d.held["before_claims_eur_per_t"] for d in draws]
    return [
        *found,
        *_with_interval("orders held: usual practice short of hindsight", short, "EUR/t"),
        *_with_interval("orders held: re-application short of hindsight", short_held, "EUR/t"),
        Figure.below("median time of a placing", median(d.place_ms for d in draws), "ms", SLOWEST_MS),
        Figure(name="moves refused", value=float(sum(d.refused for d in draws)), unit="pieces"),
    ]


def _with_interval(name: str, values: list[float], unit: str) -> list[Figure]:
    middle = fmean(values)
    half = float(student.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return [
        Figure(name=name, value=middle, unit=unit),
        Figure(name=f"{name}, low end of 95 %", value=middle - half, unit=unit),
        Figure(name=f"{name}, high end of 95 %", value=middle + half, unit=unit),
    ]

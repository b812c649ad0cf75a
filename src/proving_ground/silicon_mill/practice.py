"""How the mill is run: tables, the crews' corrections, calendars, campaigns. Two practices.

*Usual* practice is a competent works of today. It runs the set-point table of :mod:`.recipes`, calibrates by the
calendar, and its people correct by hand what the tests show them (:mod:`.corrections`).

*Re-centred* practice is the same works after one month of a good process engineer: the same kind of table, its numbers
optimised once, offline, on this plant's own trials (:mod:`.recentring`), and the annealing pyrometer calibrated three
times as often. The corrections by hand stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from proving_ground.silicon_mill.corrections import Corrections
from proving_ground.silicon_mill.line import Line, LineRules
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.recipes import Recipes, Table
from proving_ground.silicon_mill.route import Route, Segment
from proving_ground.silicon_mill.stages import annealing, caster, coating, cold_mill, normalising, reheating, slitting
from proving_ground.silicon_mill.stages.hot_mill_setup import preset as hot_mill_preset
from proving_ground.silicon_mill.stages.vacuum_level2 import HOPPER, VacuumRecipe

PRACTICES: Final = ("usual", "recentred")

LIKED: Final[Mapping[str, float]] = {"high": 0.949, "middle": 0.937, "low": 0.942}
"""Mean loss over the limit that a works likes until it is commissioned, by family: production centres lie 3-7 % under
it (from memory)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRules:
    """When slabs of silicon steel are rolled: the furnaces have to be changed for them.

    Parameters
    ----------
    least_slabs, most_slabs
        In a campaign.
    longest_d
        After which a smaller campaign is rolled.
    pace_min
        From one slab to the next.
    most_ahead_t
        With so many hot coils on the floor no campaign is begun.
    """

    least_slabs: int
    most_slabs: int
    longest_d: float
    pace_min: float
    most_ahead_t: float


USUAL_CAMPAIGN: Final = CampaignRules(
    least_slabs=120, most_slabs=200, longest_d=4.0, pace_min=3.6, most_ahead_t=5_000.0
)

LINES: Final[Mapping[str, LineRules]] = {
    "APL": LineRules(
        least_t=900.0,
        most_t=2200.0,
        repair_every_d=14.0,
        repair_h=12.0,
        between_stops_h=40.0,
        stop_h=1.5,
        rest_h=48.0,
        most_ahead_t=2600.0,
    ),
    "CRM": LineRules(
        least_t=300.0, most_t=900.0, repair_every_d=14.0, repair_h=10.0, between_stops_h=30.0, stop_h=1.2, rest_h=12.0
    ),
    "FAL": LineRules(
        least_t=500.0, most_t=1500.0, repair_every_d=21.0, repair_h=24.0, between_stops_h=60.0, stop_h=2.0, rest_h=8.0
    ),
    "SLIT": LineRules(
        least_t=0.0, most_t=1e9, repair_every_d=14.0, repair_h=8.0, between_stops_h=40.0, stop_h=1.0, rest_h=4.0
    ),
}
"""How each line is run and how reliable it is (usual, guessed)."""

CORRECTED: Final[Mapping[str, tuple[str, ...]]] = {"annealing": annealing.SET, "alloying": (HOPPER[2],)}
"""What people correct by hand from the tests, by segment: the soak, and the aluminium."""

RELEASE_BELOW_T: Final = 12_500.0
"""The planner casts the next sequence while less than this lies on the floor, finished metal aside: every line's
campaign wants its metal in front of it."""

BOOKED_SEQUENCES: Final = 4
"""So many sequences are sold before they are cast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything a works has decided.

    Parameters
    ----------
    table
        Recipes by grade.
    pyrometer_days
        Calendar of the annealing pyrometer.
    gauge_days
        Calendar of the thickness gauge of the cold mill.
    liked
        Mean loss over the limit that its people steer towards, by family.
    guaranteed_t
        Least B50 that the mill guarantees, by grade; empty for what is usual.
    campaign
        Of the hot mill.
    release_below_t
        Metal on the floor below which the next sequence is cast.
    """

    table: Table
    pyrometer_days: float
    gauge_days: float
    liked: Mapping[str, float] = field(default_factory=lambda: LIKED)
    guaranteed_t: Mapping[str, float] = field(default_factory=dict)
    campaign: CampaignRules = USUAL_CAMPAIGN
    release_below_t: float = RELEASE_BELOW_T


class Practice:
    """The crews at work.

    Parameters
    ----------
    rules
        What the works has decided.
    route
        The units it runs.
    """

    def __init__(self, rules: Rules, route: Route) -> None:
        self.rules = rules
        self._route = route
        self.corrections = Corrections(rules.liked)
        self._overruled: set[str] = set()
        route.annealing.calibration_days = rules.pyrometer_days
        route.cold_mill.calibration_days = rules.gauge_days
        route.testing.guaranteed_t |= rules.guaranteed_t
        some = next(iter(rules.table.values()))
        route.coating.roll_change_h = some.coating.roll_change_h
        route.slitting.knife_change_km = some.slitting.knife_change_km
        self._of_heats: Mapping[str, Callable[[Recipes, Heat], dict[str, float]]] = {
            "desulphurising": lambda r, heat: route.desulphurisation.preset(r.desulphurisation, heat),
            "blowing": lambda r, heat: route.converter.preset_charge(r.converter, heat),
            "ending-the-blow": lambda r, heat: route.converter.preset_end(r.converter, heat),
            "decarburising": lambda r, heat: route.degasser.preset_decarburise(r.vacuum, heat),
            "alloying": lambda r, heat: route.degasser.preset_alloy(self._as_agreed(r, heat), heat),
            "casting": lambda r, heat: caster.preset(r.caster, heat.width_mm),
        }
        self._of_coils: Mapping[str, Callable[[Recipes, Coil, float], dict[str, float]]] = {
            "reheating": lambda r, coil, at_h: reheating.preset(r.reheating, coil, at_h),
            "hot-rolling": lambda r, coil, _: hot_mill_preset(r.hot_mill, coil),
            "normalising": lambda r, coil, _: normalising.preset(r.normalising, coil),
            "cold-rolling": lambda r, coil, _: cold_mill.preset(r.cold_rolling, coil),
            "annealing": lambda r, coil, _: self._anneal(r, coil),
            "coating": lambda r, coil, _: coating.preset(r.coating, coil.grade.thickness_mm, coil.seen),
            "slitting": lambda r, coil, _: slitting.preset(r.slitting, coil.grade.thickness_mm, coil.strip_width_mm),
        }

    def set_points(self, segment: Segment, piece: Heat | Coil, at_h: float) -> dict[str, float]:
        """What the crew sets for a piece, from its table and from what was measured."""
        recipes = self.rules.table[piece.grade.key]
        if isinstance(piece, Heat):
            return self._of_heats[segment.key](recipes, piece)
        return self._of_coils[segment.key](recipes, piece, at_h)

    def overruled(self, segment: Segment, piece: Heat | Coil, commanded: Mapping[str, float]) -> None:
        """Somebody else sets what the crew would correct: whoever sets it answers for it."""
        if any(key in CORRECTED.get(segment.key, ()) for key in commanded):
            self._overruled.add(piece.key)

    def told(self, coil: Coil, at_h: float) -> None:
        """A test came back: the annealing crew and the quality meeting look at it, if the coil was theirs."""
        if not {coil.key, coil.heat.key} & self._overruled:
            self.corrections.told(coil, at_h)

    def _as_agreed(self, recipes: Recipes, heat: Heat) -> VacuumRecipe:
        return replace(recipes.vacuum, al_over=recipes.vacuum.al_over + self.corrections.more_al(heat.grade))

    def lines(self) -> dict[str, Line]:
        """The lines behind the hot mill, with nothing before them."""
        groups: Mapping[str, tuple[Callable[[Coil], str], Callable[[Coil, Coil], float]]] = {
            "APL": (lambda coil: coil.grade.family, self._change_normalising),
            "CRM": (lambda coil: f"{coil.grade.family} {coil.grade.thickness_mm:g}", _change_rolls),
            "FAL": (lambda coil: coil.grade.key, self._change_soak),
            "SLIT": (lambda _: "", lambda _before, _after: 0.0),
        }
        return {
            key: Line(key=key, rules=LINES[key], group_of=group_of, changeover_min=changeover)
            for key, (group_of, changeover) in groups.items()
        }

    @staticmethod
    def rolling_order(slab: Coil) -> tuple[str, float, int]:
        """Where a slab stands in a campaign: alike together, wide before narrow."""
        return (slab.grade.family, -slab.slab_width_mm, slab.number)

    def _anneal(self, recipes: Recipes, coil: Coil) -> dict[str, float]:
        recipe = recipes.annealing
        hotter_k = self.corrections.hotter_k(coil.grade)
        return annealing.preset(recipe, coil, self._route.annealing.trim_k + hotter_k)

    def _change_normalising(self, before: Coil, after: Coil) -> float:
        """Minutes until the furnace is at another temperature: 3 K a minute."""
        table = self.rules.table
        difference_k = table[after.grade.key].normalising.strip_degc - table[before.grade.key].normalising.strip_degc
        return abs(difference_k) / 3.0

    def _change_soak(self, before: Coil, after: Coil) -> float:
        """Minutes of leader strip until the soak is at another temperature (20 K a coil of 8 minutes)."""
        table = self.rules.table
        difference_k = table[after.grade.key].annealing.soak_degc - table[before.grade.key].annealing.soak_degc
        return 8.0 * abs(difference_k) / 20.0


def _change_rolls(before: Coil, after: Coil) -> float:
    """Minutes for other rolls and another set-up."""
    return 0.0 if before.grade.thickness_mm == after.grade.thickness_mm else 25.0

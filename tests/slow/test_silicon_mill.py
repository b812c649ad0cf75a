"""What the silicon mill is held to, statistically: what moves its loss, what does not, what is usual. Minutes."""

import math
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest

from pilothouse.hub.proving_ground import run_months
from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.plant import SiliconMill
from proving_ground.silicon_mill.practice import Practice, Rules
from proving_ground.silicon_mill.recipes import usual_table
from proving_ground.silicon_mill.route import SEGMENT, SEGMENTS, Route
from proving_ground.silicon_mill.stages.annealing import SET
from proving_ground.silicon_mill.stages.vacuum_level2 import HOPPER

pytestmark = pytest.mark.slow

OF_HEATS = tuple(s for s in SEGMENTS if s.material == "heat")
OF_COILS = tuple(
    SEGMENT[k] for k in ("reheating", "hot-rolling", "normalising", "cold-rolling", "annealing", "coating", "testing")
)
TRIED = ("M250-35A", "M400-50A", "M800-50A")
"""One grade of each family."""

HEATS, COILS = 8, 3


def _works():
    route = Route(draw(FAMILY, CONSTANTS, 0), seed=11, plant_variation=0)
    return route, Practice(Rules(table=usual_table(), pyrometer_days=90.0, gauge_days=30.0), route)


def trial(change=None, grades=TRIED, heats=HEATS, look=None):
    """True loss of every coil of a trial, by grade; ``change`` gives other set-points than the table."""
    route, practice = _works()
    losses = {grade: [] for grade in grades}
    for number in range(heats * len(grades)):
        grade, at_h = grades[number % len(grades)], 100.0 + 24.0 * number
        heat, slabs = Heat(number=number, grade=GRADES[grade]), ()

        def points(segment, piece, then_h):
            told = route.standing(segment, then_h) | practice.set_points(segment, piece, then_h)
            return told if change is None else told | change(segment, told)

        for segment in OF_HEATS:
            route.arrive(segment, heat, at_h)
            slabs = route.pass_heat(segment, heat, points(segment, heat, at_h), at_h).slabs
        for coil in slabs[2 : 2 + 4 * COILS : 4]:
            for place, segment in enumerate(OF_COILS):
                then_h = at_h + 40.0 * (place + 1)
                told = {} if segment.key == "testing" else points(segment, coil, then_h)
                route.pass_coil(segment, coil, told, then_h)
                if look is not None:
                    look(route, segment, coil, then_h)
            losses[grade].append(coil.loss_w_kg)
    return {grade: np.array(told) for grade, told in losses.items()}


@cache
def usual():
    return trial()


def moved_by(change):
    """Paired differences of the true loss, by grade."""
    return {grade: told - usual()[grade] for grade, told in trial(change).items()}


def t_value(differences):
    spread = differences.std(ddof=1) / math.sqrt(len(differences))
    return math.inf if spread == 0.0 and differences.any() else abs(differences.mean()) / max(spread, 1e-300)


def nudged(key, share):
    """The set-point moved by a share of its range, to whichever side has room."""
    p = parameters()[key]
    step = share * (p.high - p.low)

    def change(segment, told):
        if key not in segment.set_points:
            return {}
        value = told[key] + step if p.low <= told[key] + step <= p.high else told[key] - step
        return {key: min(max(value, p.low), p.high)}

    return change


def _causal():
    return tuple(dict.fromkeys(key for stage in _works()[0].stages for key in stage.CAUSAL))


CAUSAL = _causal()
LEVERS = tuple(key for key in CAUSAL if parameters()[key].is_set)
"""What of CAUSAL can be commanded. The rest are measured values, soft sensors and laboratory results, on whose truth
the loss depends but which nobody sets: they are left out here."""

NUISANCE = tuple(
    np.random.default_rng(5).permutation([p.key for p in parameters().values() if p.role == "set_point"]).tolist()
)
"""What nobody works out for a piece. Set-points that are worked out but not in CAUSAL (banks, gaps, fans) follow the
levers; some move the loss a little."""


# ---- (1) levers ------------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_not_commanded():
    left_out = [key for key in CAUSAL if key not in LEVERS]
    assert all(parameters()[key].role in ("measured", "soft", "laboratory") for key in left_out)
    assert len(LEVERS) > 50


@pytest.mark.parametrize("key", LEVERS)
def test_every_lever_moves_the_true_loss_of_some_family(key):
    values = {}
    for share in (0.25, -0.4):  # upwards a furnace may be at the end of its power
        moved = moved_by(nudged(key, share))
        values |= {(share, grade): t_value(differences) for grade, differences in moved.items()}
        if max(values.values()) > 4.0:
            break
    assert max(values.values()) > 4.0, values


def _all_up(keys, kelvin, where):
    def change(segment, told):
        return {k: min(told[k] + kelvin, parameters()[k].high) for k in keys} if segment.key == where else {}

    return change


def test_hotter_reheating_costs_loss_where_silicon_is_high():
    zones = [key for key in SEGMENT["reheating"].set_points if key.endswith(".temp_sp")]
    differences = moved_by(_all_up(zones, 25.0, "reheating"))["M250-35A"]
    assert differences.mean() > 0.0
    assert t_value(differences) > 4.0


def test_a_hotter_soak_takes_loss_away_where_grains_are_small():
    moved = moved_by(_all_up(SET, 12.0, "annealing"))
    for grade in ("M400-50A", "M800-50A"):
        assert moved[grade].mean() < 0.0
        assert t_value(moved[grade]) > 4.0


def test_flux_takes_loss_away():
    flux = HOPPER[6]

    def change(segment, told):
        return {flux: told[flux] + 5.0} if flux in segment.set_points else {}

    differences = np.concatenate(list(moved_by(change).values()))
    assert differences.mean() < 0.0
    assert t_value(differences) > 4.0


def test_ferrosilicon_low_in_titanium_takes_loss_away():
    """Exchanged one for the other, so that silicon stays."""
    usual_fesi, low_ti = HOPPER[0], HOPPER[1]

    def change(segment, told):
        if usual_fesi not in segment.set_points:
            return {}
        exchanged = min(10.0, told[usual_fesi], parameters()[low_ti].high - told[low_ti])
        return {usual_fesi: told[usual_fesi] - exchanged, low_ti: told[low_ti] + exchanged}

    differences = moved_by(change)["M400-50A"]
    assert differences.mean() < 0.0
    assert t_value(differences) > 4.0


def test_more_tension_in_the_final_anneal_costs_loss():
    differences = np.concatenate(list(moved_by(_all_up(("FAL.line.tension",), 2.5, "annealing")).values()))
    assert differences.mean() > 0.0
    assert t_value(differences) > 4.0


# ---- (2) nuisance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", NUISANCE[:40])
def test_nuisance_leaves_the_true_loss_exactly_as_it_is(key):
    p = parameters()[key]

    def change(segment, _told):
        return {key: p.high} if key in segment.set_points else {}

    assert all(not differences.any() for differences in moved_by(change).values())


# ---- (3) hidden states -----------------------------------------------------------------------------------------------


def _gauge_bias(route, coil, at_h):
    one = route.cold_mill
    own = one._c["crm_thickness_sd"] * one._d.normal("crm-thickness", coil.number)
    return one._gauge(coil, at_h) - 1.0 - own


HIDDEN = MappingProxyType(
    {
        "soak pyrometer": ("annealing", lambda r, _c, _h: r.annealing._pyrometer_k),
        "furnace thermocouples": (
            "reheating",
            lambda r, _c, h: float(np.mean(r.reheating._zones(dict.fromkeys(_ZONES, 0.0), h)[1])),
        ),
        "thickness gauge": ("cold-rolling", _gauge_bias),
        "soak thermocouples": ("annealing", lambda r, _c, _h: float(np.mean(r.annealing._zone_bias_k))),
        "vessel skull": ("reheating", lambda r, _c, _h: float(r.degasser.snorkel_heats)),
        "nozzle clogging": ("reheating", lambda r, _c, _h: r.caster._clog),
    }
)
"""After which segment each hidden state is looked at, and how; of a heat's units before the next heat comes."""

_ZONES = tuple(f"REHEAT.zone_z{i:02d}.temp_sp" for i in range(1, 13))


@pytest.fixture(scope="module")
def looked_at():
    """Hidden states and all that was seen, of a thousand coils over a year."""
    states, seen = {name: [] for name in HIDDEN}, []

    def look(route, segment, coil, at_h):
        for name, (where, state) in HIDDEN.items():
            if segment.key == where:
                states[name].append(state(route, coil, at_h))
        if segment.key == "testing":
            seen.append([coil.seen.get(key, math.nan) for key in parameters()])

    trial(heats=112, look=look)
    return {name: np.array(told) for name, told in states.items()}, np.array(seen)


def _best_r2(state, seen):
    """The parameter that shows a state best, and how well."""
    known = np.flatnonzero(np.isfinite(seen).all(axis=0))
    known = known[seen[:, known].std(axis=0) > 0.0]
    z = (seen[:, known] - seen[:, known].mean(axis=0)) / seen[:, known].std(axis=0)
    r2 = ((z * ((state - state.mean()) / state.std())[:, None]).mean(axis=0)) ** 2
    return list(parameters())[known[r2.argmax()]], float(r2.max())


@pytest.mark.parametrize("name", HIDDEN)
def test_no_single_parameter_shows_a_hidden_state_exactly(looked_at, name):
    states, seen = looked_at
    assert len(states[name]) == len(seen) > 1000
    assert states[name].std() > 0.0
    key, r2 = _best_r2(states[name], seen)
    assert r2 < 0.95, (key, r2)


def test_no_single_parameter_of_the_melt_shop_shows_the_tuyeres_wear():
    """Over three lives of them: within one, every counter runs alongside."""
    route, practice = _works()
    state, seen = [], []
    for number in range(2400):
        heat, at_h = Heat(number=number, grade=GRADES[TRIED[number % 3]]), 100.0 + 6.0 * number
        for segment in OF_HEATS[:3]:
            route.arrive(segment, heat, at_h)
            told = route.standing(segment, at_h) | practice.set_points(segment, heat, at_h)
            route.pass_heat(segment, heat, told, at_h)
        state.append(float(route.converter.tuyere_heats))
        seen.append([heat.seen.get(key, math.nan) for key in parameters()])
    assert sum(b < a for a, b in pairwise(state)) >= 2
    key, r2 = _best_r2(np.array(state), np.array(seen))
    assert r2 < 0.95, (key, r2)


# ---- (4) figures -----------------------------------------------------------------------------------------------------

MONTHS = 3.0
VARIATIONS = tuple(range(10))

USUAL_RANGES: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "off_grade_share/family/high": (5.0, 9.0, "A7"),
        "off_grade_share/family/low": (2.0, 4.0, "A7"),
        "defect_share/cause/loss": (4.0, 7.0, "A6"),
        "defect_share/cause/b50": (1.0, 2.0, "A6"),
        "defect_share/cause/thickness": (1.5, 3.0, "A6"),
        "defect_share/cause/scale": (1.0, 2.0, "A6"),
        "defect_share/cause/edge_crack": (0.5, 1.5, "A6"),
        "defect_share/cause/ridging": (0.5, 2.0, "A6"),
        "defect_share/cause/coating": (1.0, 2.0, "A6"),
        "defect_share/cause/inclusion": (0.8, 1.5, "A6"),
        "defect_share/cause/pick_up": (0.5, 1.0, "A6"),
        "defect_share/cause/flatness": (1.0, 1.5, "A6"),
        "energy_kwh_per_t": (1000.0, 1700.0, "A7"),
        "cost_eur_per_t": (300.0, 525.0, "A7"),
        "metal_yield": (82.0, 89.0, "A7"),
        "stock_days": (19.0, 44.0, "A7"),
        "lead_time_p50_d": (35.0, 60.0, "A7"),
        "lead_time_p90_d": (35.0, 60.0, "A7"),
    }
)
"""Low, high and the domain page's section, for usual practice."""

GOOD: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "defect_share/cause/loss": (2.5, "A6"),
        "defect_share/cause/b50": (0.5, "A6"),
        "defect_share/cause/thickness": (0.7, "A6"),
        "defect_share/cause/scale": (0.5, "A6"),
        "defect_share/cause/edge_crack": (0.3, "A6"),
        "defect_share/cause/ridging": (0.3, "A6"),
        "defect_share/cause/coating": (0.5, "A6"),
        "defect_share/cause/inclusion": (0.4, "A6"),
        "defect_share/cause/pick_up": (0.2, "A6"),
        "defect_share/cause/flatness": (0.5, "A6"),
    }
)
"""What good works have; re-centred practice comes near it: under the middle between it and the usual high end."""


def _figure(figures, path):
    name, *part = path.split("/")
    return figures[name].by[part[0]].get(part[1], 0.0) if part else figures[name].value


@cache
def _figures(practice, variation):
    made = SiliconMill(seed=100 + variation, plant_variation=variation, practice=practice)
    run_months(made, MONTHS)
    return made.figures()


def _chance(path, figures):
    """Two standard errors of a share: it is counted on so many coils, which fail in heats."""
    if "share" not in path:
        return 0.0
    share = _figure(figures, path) / 100.0
    return 200.0 * math.sqrt(2.0 * max(share * (1.0 - share), 0.002) / figures["coils"].value)


def test_usual_practice_lies_in_the_usual_ranges_for_eight_plants_of_ten_in_each_figure():
    """Nine in all figures at once is what is wanted; `docs/results.md` says why coils that fail in heats forbid it."""
    missed: dict[str, list[str]] = {}
    for variation in VARIATIONS:
        figures = _figures("usual", variation)
        for path, (low, high, section) in USUAL_RANGES.items():
            value, chance = _figure(figures, path), _chance(path, figures)
            if not low - chance <= value <= high + chance:
                words = f"plant {variation}: {path} is {value:.2f}, usual {low:g} to {high:g} ({section})"
                missed.setdefault(path, []).append(words)
    print("\n".join(words for told in missed.values() for words in told))  # noqa: T201 - the reader wants to see them
    assert all(len(told) <= 0.2 * len(VARIATIONS) for told in missed.values()), missed


def test_recentred_practice_comes_near_what_good_works_have():
    missed, near = [], dict.fromkeys(VARIATIONS, True)
    for variation in VARIATIONS:
        figures = _figures("recentred", variation)
        for path, (good, section) in GOOD.items():
            value, most = _figure(figures, path), 0.5 * (good + USUAL_RANGES[path][1]) + _chance(path, figures)
            if value > most:
                near[variation] = False
                missed.append(f"plant {variation}: {path} is {value:.2f}, good {good:g}, near {most:.2f} ({section})")
    print("\n".join(missed))  # noqa: T201 - as above
    assert sum(near.values()) >= 0.9 * len(VARIATIONS), missed


def test_recentring_is_worth_something_on_every_plant():
    """Fewer defects, at no more cost."""
    for variation in VARIATIONS:
        usual_, recentred = (_figures(practice, variation) for practice in ("usual", "recentred"))
        assert recentred["defect_share"].value < usual_["defect_share"].value
        assert recentred["cost_eur_per_t"].value < usual_["cost_eur_per_t"].value + 5.0


def test_the_gain_is_not_a_miracle():
    """The domain page, A8: more than 2-3 % of loss from set-points alone would be suspicious."""
    for variation in VARIATIONS:
        usual_, recentred = (_figures(practice, variation)["p1550"] for practice in ("usual", "recentred"))
        both = usual_.by["grade"].keys() & recentred.by["grade"].keys()
        for grade in both:
            assert recentred.by["grade"][grade] > 0.96 * usual_.by["grade"][grade], grade

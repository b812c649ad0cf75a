"""The route: every parameter belongs to one segment; paired dice; masses close; a set-point does what it should."""

import math
from collections import Counter

import numpy as np
import pytest

from pilothouse.hub.workspace import open_workspace
from proving_ground.silicon_mill.parameters import FOLDER, UNITS, parameters
from proving_ground.silicon_mill.route import ARRIVALS, CASTING_OF_SLABS, SEGMENTS
from proving_ground.silicon_mill.stages.annealing import SET

HOT_METAL = tuple(key for key in parameters() if key.startswith("HMD.hm_"))


def told(passed):
    """What was shown of a coil, by segment."""
    return {key: [shot.shown.values for shot in p.shots] for key, p in passed.items()}


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(a, b, equal_nan=True) for key in one for a, b in zip(one[key], other[key], strict=True)
    )


# ---- segments --------------------------------------------------------------------------------------------------------


def test_every_parameter_is_recorded_in_one_segment():
    recorded = Counter(key for s in (*SEGMENTS, *ARRIVALS.values(), CASTING_OF_SLABS) for key in s.keys)
    assert recorded.keys() == parameters().keys()
    assert set(recorded.values()) == {1}


def test_every_set_point_is_set_in_one_segment():
    asked = Counter(key for s in SEGMENTS for key in s.set_points)
    assert asked.keys() == {p.key for p in parameters().values() if p.is_set}
    assert set(asked.values()) == {1}


def test_segments_are_those_of_the_plant_folder():
    folder = open_workspace(FOLDER).plant
    assert {s.key for s in SEGMENTS} == set(folder.segments)
    assert {s.material for s in SEGMENTS} <= set(folder.materials)
    assert {s.unit for s in SEGMENTS} == set(UNITS)


# ---- one piece -------------------------------------------------------------------------------------------------------


def test_a_stage_tells_truths_of_its_own_unit_alone(works):
    shop = works()
    _, slabs = shop.heat(0)
    for key, passed in shop.send(slabs[3], upto="slitting").items():
        unit = next(s.unit for s in SEGMENTS if s.key == key)
        assert passed.run.minutes >= 0.0
        assert passed.run.stop_min >= 0.0
        for name, value in passed.run.truth.items():
            assert parameters()[name].unit == unit
            assert math.isfinite(value), name


def test_masses_close_in_the_melt_shop(works):
    shop = works()
    for number in range(4):
        heat, slabs = shop.heat(number)
        assert sum(slab.mass_t for slab in slabs) == pytest.approx(heat.mass_t)
        scrapped_t = sum(slab.account.scrapped_t for slab in slabs)
        assert scrapped_t == pytest.approx(heat.account.scrapped_t)
        assert all(8.0 <= slab.slab_length_m <= 10.5 for slab in slabs)
        assert 10 <= len(slabs) <= 16


@pytest.mark.parametrize("grade", ["M250-35A", "M400-50A", "M800-50A"])
def test_what_a_coil_loses_is_scrapped(works, grade):
    shop = works()
    _, slabs = shop.heat(1, grade)
    for slab in slabs[2:6]:
        before_t = slab.mass_t + slab.account.scrapped_t
        slab_t = slab.mass_t
        shop.send(slab, upto="slitting")
        assert slab.mass_t + slab.account.scrapped_t == pytest.approx(before_t, rel=1e-9)
        assert 0.75 * slab_t < slab.mass_t < slab_t


def test_slit_coils_are_shown_one_by_one(works):
    shop = works()
    _, slabs = shop.heat(1)
    passed = shop.send(slabs[2], upto="slitting")
    names = [shot.piece for shot in passed["slitting"].shots]
    assert 2 <= len(names) <= 8
    assert names == [f"{slabs[2].key}-{k + 1}" for k in range(len(names))]
    assert len({shot.number for shot in passed["slitting"].shots}) == len(names)


@pytest.mark.parametrize("grade", ["M400-50A", "M800-50A", "M250-35A"])
def test_hotter_zones_make_a_hotter_soak(works, grade):
    usual, hotter = works(), works()

    def more(segment, _piece, points):
        return {key: points[key] + 20.0 for key in SET} if segment.key == "annealing" else {}

    one, other = usual.heat(0, grade)[1][4], hotter.heat(0, grade)[1][4]
    usual.send(one)
    (shot,) = hotter.send(other, change=more)["annealing"].shots
    assert other.soak_degc - one.soak_degc == pytest.approx(20.0, abs=8.0)
    assert other.grain_um > one.grain_um
    shown = dict(zip(shot.segment.keys, shot.shown.values.tolist(), strict=True))
    assert all(shown[key] == pytest.approx(min(one.seen[key] + 20.0, parameters()[key].high)) for key in SET)


# ---- paired dice -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "commanded", "learns"),
    [("annealing", {"FAL.line.tension": 5.0}, False), ("hot-rolling", {"HSM.coiler.ct_sp": 640.0}, True)],
)
def test_a_set_point_on_one_coil_leaves_every_other_coil_alone(works, where, commanded, learns):
    """But for what a control learns from the coil before, which is little."""
    usual, changed = works(), works()

    def change(segment, piece, _points):
        return commanded if segment.key == where and piece.position == 3 else {}

    ours, theirs = ([shop.heat(0)[1][k] for k in (2, 3, 4)] for shop in (usual, changed))
    base = [told(usual.send(coil)) for coil in ours]
    other = [told(changed.send(coil, change=change)) for coil in theirs]
    assert same(base[0], other[0])
    assert not same(base[1], other[1])
    assert ours[1].loss_w_kg != theirs[1].loss_w_kg
    assert learns or same(base[2], other[2])
    assert theirs[2].loss_w_kg == pytest.approx(ours[2].loss_w_kg, rel=5e-4)


def test_the_hot_metal_is_the_same_whatever_is_done_with_it(works):
    def other_aims(segment, _piece, points):
        lowest = {key: parameters()[key].low for key in points}
        return lowest if segment.key in ("desulphurising", "blowing") else {}

    for number in range(3):
        usual, _ = works().heat(number)
        other, _ = works().heat(number, change=other_aims)
        assert {k: usual.seen[k] for k in HOT_METAL} == {k: other.seen[k] for k in HOT_METAL}
        assert usual.hot_metal_c == other.hot_metal_c
        assert usual.steel != other.steel


def test_the_noise_of_a_piece_does_not_depend_on_what_was_made_before_it(works):
    busy, idle = works(), works()
    for number in range(3):
        busy.heat(number)
    one = busy.route.arrive(SEGMENTS[0], busy.heat(7)[0], 500.0)[0].shown
    other = idle.route.arrive(SEGMENTS[0], idle.heat(7)[0], 500.0)[0].shown
    assert np.array_equal(one.values, other.values, equal_nan=True)


def test_seed_and_variation_matter(works):
    analyses = [works(seed=seed, variation=variation).heat(0)[0].steel for seed, variation in ((3, 0), (4, 0), (3, 1))]
    assert len({analysis.s_ppm for analysis in analyses}) == 3


# ---- disturbances ----------------------------------------------------------------------------------------------------


def test_every_disturbance_is_switched_on_and_off_by_its_name(works):
    shop = works()
    names = [name for stage in shop.route.stages for name in stage.DISTURBANCES]
    assert len(names) == len(set(names)) > 20
    for name in (*names, "instrument-drift:RH.final.C", "instrument-stuck:FAL.line.soak_temp"):
        assert shop.route.disturb(name, 10.0, on=True)
        assert shop.route.disturb(name, 10.0, on=False)
    assert not shop.route.disturb("no such", 10.0, on=True)


def test_a_disturbance_of_an_instrument_changes_what_is_shown_and_never_what_happens(works):
    usual, faulty = works(), works()
    faulty.route.disturb("instrument-drift:TEST.test.P15_50", 0.0, on=True)
    one, other = usual.heat(1)[1][4], faulty.heat(1)[1][4]
    usual.send(one)
    faulty.send(other)
    assert other.loss_w_kg == one.loss_w_kg
    assert other.seen["TEST.test.P15_50"] > one.seen["TEST.test.P15_50"] + 0.1

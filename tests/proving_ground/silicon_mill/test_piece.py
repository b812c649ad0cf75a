from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import DEFECTS, SLABS_PER_HEAT, Coil, Heat, Steel

GRADE = GRADES["M250-35A"]


def coil(number=0, position=0):
    return Coil(
        heat=Heat(number=number, grade=GRADE),
        position=position,
        grade=GRADE,
        steel=Steel(),
        mass_t=19.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
    )


@given(st.sets(st.tuples(st.integers(0, 5000), st.integers(0, SLABS_PER_HEAT - 1)), min_size=2, max_size=20))
def test_numbers_and_names_are_each_pieces_own(places):
    coils = [coil(*place) for place in places]
    for name in ("number", "key", "slab_key"):
        assert len({getattr(c, name) for c in coils}) == len(coils)


def test_names_at_the_works():
    made = coil(811, 4)
    assert (made.heat.key, made.slab_key, made.key) == ("H00812", "S00812-05", "C00812-05")
    assert made.number == 811 * SLABS_PER_HEAT + 4


@given(st.integers(0, SLABS_PER_HEAT - 1))
def test_the_neighbour_is_another_coil_of_the_same_heat(position):
    made = coil(7, position)
    assert made.neighbour_key != made.key
    assert made.neighbour_key[:6] == made.key[:6]
    assert abs(int(made.neighbour_key[-2:]) - int(made.key[-2:])) == 1


def test_pieces_are_told_apart_though_they_are_alike():
    assert coil() != coil()
    assert len({coil(), coil()}) == 2


def test_what_no_stage_made_is_not_known():
    made = coil()
    assert all(isnan(value) for value in (made.soak_degc, made.grain_um, made.loss_w_kg, made.thickness_mm))
    assert made.defects == []
    assert made.account.scrapped_t == 0.0
    assert len(set(DEFECTS)) == len(DEFECTS) == 10

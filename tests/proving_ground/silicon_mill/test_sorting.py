import pytest

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import DEFECTS, Coil, Heat, Steel
from proving_ground.silicon_mill.sorting import MAGNETIC, WHOLE_SHARE, sort


def coil(grade="M270-35A", *, loss=2.6, b50=1.66, defects=()):
    made = Coil(
        heat=Heat(number=0, grade=GRADES[grade]),
        position=0,
        grade=GRADES[grade],
        steel=Steel(),
        mass_t=16.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
    )
    made.seen |= {"TEST.test.P15_50": loss, "TEST.test.B50": b50}
    made.defects += defects
    return made


def sorted_(made, share=0.2):
    return sort(made, lambda grade: grade.b50_least_t, share)


def test_a_good_coil_is_sold_whole_as_what_it_was_made_for():
    outcome = sorted_(coil())
    assert (outcome.grade, outcome.prime_t) == (GRADES["M270-35A"], 16.0)


def test_a_better_coil_is_not_sold_as_more_than_it_was_made_for():
    assert sorted_(coil(loss=2.2)).grade is GRADES["M270-35A"]


@pytest.mark.parametrize(
    ("loss", "sold"), [(2.70, "M270-35A"), (2.71, "M300-35A"), (3.2, "M330-35A"), (3.31, None), (9.0, None)]
)
def test_a_coil_that_misses_its_loss_is_the_best_lesser_grade_of_its_thickness(loss, sold):
    outcome = sorted_(coil(loss=loss, defects=["loss"]))
    assert outcome.grade is (GRADES[sold] if sold else None)
    assert outcome.prime_t == (16.0 if sold else 0.0)


def test_induction_counts_as_much_as_loss():
    assert sorted_(coil("M400-50A", loss=3.9, b50=1.62, defects=["b50"])).grade is None
    better = coil("M270-50A", loss=2.6, b50=1.60)
    assert sort(better, lambda g: 1.63 if g.key == "M270-50A" else g.b50_least_t, 0.0).grade is GRADES["M310-50A"]


@pytest.mark.parametrize("cause", [cause for cause in DEFECTS if cause not in MAGNETIC])
def test_faulty_length_is_cut_out_and_where_it_is_too_long_nothing_is_left(cause):
    cut = sorted_(coil(defects=[cause]), share=0.25)
    assert (cut.grade, cut.prime_t) == (GRADES["M270-35A"], pytest.approx(12.0))
    whole = sorted_(coil(defects=[cause]), share=WHOLE_SHARE + 0.01)
    assert (whole.grade, whole.prime_t) == (None, 0.0)


@pytest.mark.parametrize("cause", MAGNETIC)
def test_where_only_the_test_is_at_fault_nothing_is_cut(cause):
    assert sorted_(coil(loss=2.8, defects=[cause]), share=0.9).prime_t == 16.0

import numpy as np
import pytest

from pilothouse.packs.steel.strip import QUANTITIES, loss_parts_w_kg

# Si, Al, Mn, P, grain, thickness, limit of EN 10106: typical values of each grade (from memory).
LADDER = {
    "M235-35A": (3.26, 1.08, 0.20, 0.010, 135.0, 0.35, 2.35),
    "M270-35A": (3.00, 0.62, 0.22, 0.012, 105.0, 0.35, 2.70),
    "M310-50A": (2.79, 0.84, 0.22, 0.012, 116.0, 0.50, 3.10),
    "M470-50A": (1.60, 0.25, 0.28, 0.050, 50.0, 0.50, 4.70),
    "M800-50A": (0.40, 0.25, 0.32, 0.080, 20.0, 0.50, 8.00),
}
CLEAN = {"s_ppm": 12.0, "n_ppm": 15.0, "o_ppm": 15.0, "ti_ppm": 12.0, "c_ppm": 20.0}


def strip(**changed):
    si, al, mn, p, grain, thickness, _ = LADDER["M270-35A"]
    typical = {"si": si, "al": al, "mn": mn, "p": p, "grain_um": grain, "thickness_mm": thickness, **CLEAN, **changed}
    return {key: np.array([value]) for key, value in typical.items()}


def loss(**changed):
    return float(sum(part[0] for part in loss_parts_w_kg(strip(**changed))))


@pytest.mark.parametrize("grade", LADDER)
def test_the_ladder_of_grades_lies_under_its_limits(grade):
    si, al, mn, p, grain, thickness, limit = LADDER[grade]
    found = loss(si=si, al=al, mn=mn, p=p, grain_um=grain, thickness_mm=thickness)
    assert 0.87 * limit < found < 1.0 * limit


@pytest.mark.parametrize(
    ("changed", "rises"),
    [({"si": 3.1}, False), ({"al": 0.72}, False), ({"s_ppm": 22.0}, True), ({"ti_ppm": 22.0}, True),
     ({"n_ppm": 25.0}, True), ({"o_ppm": 25.0}, True), ({"c_ppm": 45.0}, True), ({"grain_um": 80.0}, True),
     ({"thickness_mm": 0.36}, True)],
)  # fmt: skip
def test_what_raises_the_loss_and_what_lowers_it(changed, rises):
    assert (loss(**changed) > loss()) == rises


def test_ten_ppm_of_sulphur_cost_eight_hundredths():
    assert loss(s_ppm=22.0) - loss() == pytest.approx(0.08)


def test_carbon_that_does_not_age_is_free():
    assert loss(c_ppm=10.0) == loss(c_ppm=25.0)


def test_every_quantity_counts():
    for key in QUANTITIES:
        assert loss(**{key: 1.3 * float(strip(c_ppm=26.0)[key][0])}) != pytest.approx(
            loss(c_ppm=26.0) if key == "c_ppm" else loss()
        ), key

import pytest

from proving_ground.constant import draw
from proving_ground.ladle_furnace import family
from proving_ground.ladle_furnace.constants import CONSTANTS, FAMILY
from proving_ground.ladle_furnace.floor import DONORS, noise_floor


@pytest.fixture(scope="module")
def plant():
    made = family.build(seed=8)
    made.run(DONORS + 350)
    return made


def test_knowing_more_errs_less(plant):
    figures = plant.figures()
    probe, before, arrival = (
        figures[name].value for name in ("probe_error", "filter_error_before_last", "filter_error_at_arrival")
    )
    assert 1.0 < probe < before < arrival < 9.0
    assert before < 3.2


def test_the_filter_beats_taking_the_last_reading_for_the_next(plant):
    last = {}
    for heat, _, degc, _ in plant.records().readings:
        if degc >= 1450.0:
            last.setdefault(heat, []).append(degc)
    naive = [abs(seen[-1] - seen[-2]) for seen in last.values() if len(seen) > 1]
    assert plant.figures()["filter_error_before_last"].value < 0.7 * sum(naive) / len(naive)


def test_a_short_run_has_no_floor(plant):
    assert noise_floor(plant.outcomes()[:DONORS], draw(FAMILY, CONSTANTS, 0)) == {}


def test_the_floor_is_the_same_again(plant):
    first, again = (noise_floor(plant.outcomes(), draw(FAMILY, CONSTANTS, 0), heats=20) for _ in range(2))
    assert first == again

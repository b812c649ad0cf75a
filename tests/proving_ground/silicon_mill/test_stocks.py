import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.stocks import PLACES, Stocks

MOVES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.floats(-50.0, 50.0), st.floats(0.0, 10.0)), min_size=1, max_size=30
)


@given(MOVES)
def test_what_lies_is_what_came_and_the_mean_is_over_time(moves):
    stocks, at_h, lain = Stocks(), 0.0, dict.fromkeys(PLACES, 0.0)
    area = dict.fromkeys(PLACES, 0.0)
    for place, tonnes, later_h in moves:
        at_h += later_h
        for each in PLACES:
            area[each] += lain[each] * later_h
        lain[place] += tonnes
        stocks.change(place, tonnes, at_h)
    end_h = at_h + 5.0
    assert stocks.now_t() == pytest.approx(sum(lain.values()), abs=1e-9)
    means = stocks.mean_t(end_h)
    for place in PLACES:
        assert stocks.now_t(place) == pytest.approx(lain[place], abs=1e-9)
        assert means[place] == pytest.approx((area[place] + 5.0 * lain[place]) / end_h, abs=1e-9)


def test_the_mean_is_begun_anew_but_the_metal_stays():
    stocks = Stocks()
    stocks.change("slabs", 100.0, 0.0)
    stocks.change("slabs", -60.0, 10.0)
    stocks.forget(20.0)
    assert stocks.now_t("slabs", "finished") == 40.0
    assert stocks.mean_t(30.0)["slabs"] == pytest.approx(40.0)


def test_asking_changes_nothing():
    stocks = Stocks()
    stocks.change("hot coils", 30.0, 0.0)
    assert stocks.mean_t(5.0) == stocks.mean_t(5.0)
    assert stocks.mean_t(10.0)["hot coils"] == pytest.approx(30.0)


def test_a_place_that_is_not_there_is_misuse():
    with pytest.raises(KeyError):
        Stocks().change("cellar", 1.0, 0.0)

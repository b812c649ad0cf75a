"""What is to come: from what passed, and how it went before."""

import pytest

from pilothouse.packs.steel.reapplication.outlook import LEAST_TESTS, Outlook

from .conftest import NOW_NS


@pytest.fixture
def outlook(passing, tested):
    """Pieces took ten days from rolling and four from annealing."""
    made = Outlook(sees_from="rolling", kinds=frozenset(("plain", "fine")))
    for k in range(LEAST_TESTS + 2):
        made.passing(passing(f"S{k}", at_d=k - 40.0))
        made.passing(passing(f"C{k}", "annealing", at_d=k - 34.0, came_of=(f"S{k}", "H1")))
        made.tested(tested(f"C{k}", 2.7 + 0.02 * k, at_d=k - 30.0))
    return made


def named(outlook):
    return [one for one in outlook.expected(NOW_NS) if one.tonnes == 16.0 and one.ready_d < 10.0]


def test_a_piece_is_expected_after_what_is_left_of_its_way(outlook, passing):
    outlook.passing(passing("S100", at_d=-3.0))
    outlook.passing(passing("S101", at_d=-7.0))
    outlook.passing(passing("C101", "annealing", at_d=-1.0, came_of=("S101",)))
    assert sorted(one.ready_d for one in named(outlook)) == pytest.approx([3.0, 7.0])


def test_what_is_overdue_comes_soon_and_what_is_finished_no_more(outlook, passing, tested):
    outlook.passing(passing("S100", at_d=-30.0))
    assert [one.ready_d for one in named(outlook)] == [1.0]
    outlook.tested(tested("S100", 2.8))
    assert named(outlook) == []


def test_a_virtual_test_is_believed_over_the_usual(outlook, passing):
    outlook.passing(passing("S100", at_d=-3.0))
    (usual,) = named(outlook)
    assert usual.forecasts == outlook.usual("plain")
    outlook.foretold("S100", {"loss": (2.3, 0.05)})
    outlook.passing(passing("C100", "annealing", came_of=("S100",)))
    (better,) = named(outlook)
    assert better.forecasts["loss"] == (2.3, 0.05)


def test_behind_what_is_in_sight_comes_the_rate(outlook):
    behind = [one for one in outlook.expected(NOW_NS) if one.ready_d >= 10.0]
    assert behind
    assert {one.tonnes for one in behind} == {outlook.rate_t_d("plain")}


def test_of_a_kind_that_was_hardly_tested_nothing_is_expected(outlook, passing):
    outlook.passing(passing("S100", kind="fine"))
    assert outlook.usual("fine") is None
    assert {one.kind for one in outlook.expected(NOW_NS)} == {"plain"}

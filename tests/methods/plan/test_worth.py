"""A move is explained part by part, and the parts add up."""

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.methods.plan.worth import Terms, Worth

money = st.integers(-10_000, 10_000).map(float)
worths = st.builds(Worth, price=money, lateness=money, stock=money, claims=money, others=money)


@given(worths, worths)
def test_the_parts_of_a_move_add_up(new, old):
    assert new.less(old).total == new.total - old.total


@given(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))
def test_lateness_costs_from_the_due_day_on(ready_d, due_d):
    terms = Terms(late_t_d=2.0, holding_t_d=0.0, ships_after_d=3.0)
    cost = terms.lateness(ready_d, due_d)
    assert cost <= 0.0
    assert (cost == 0.0) == (ready_d + 3.0 <= due_d)
    assert terms.lateness(ready_d + 1.0, due_d) <= cost

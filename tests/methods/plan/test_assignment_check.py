"""The checker sees every fault, and nothing where there is none."""

import numpy as np
import pytest

from pilothouse.methods.plan.assignment_check import violations, worth

VALUE = np.array([[10.0, np.nan], [20.0, 5.0], [30.0, 6.0]])
TONNES, OPEN_T = np.array([16.0, 16.0, 8.0]), np.array([20.0, 0.0])


@pytest.mark.parametrize(
    ("order_of", "said"),
    [
        ([0, 0, -1], ()),
        ([-1, -1, -1], ()),
        ([0, 0, 0], ("order 0 wants 20.000 t and is full without one of its pieces, with 24.000 t",)),
        ([1, -1, -1], ("piece 0 may not serve order 1", "order 1 is full")),
        ([2, -1, -1], ("piece 0 is given to order 2, there are 2",)),
        ([0], ("expected an order or -1 for 3 pieces, got 1",)),
    ],
)
def test_it_says_what_is_wrong(order_of, said):
    assert violations(VALUE, TONNES, OPEN_T, order_of) == said


def test_worth_is_counted_piece_by_piece():
    assert worth(VALUE, np.array([1.0, 2.0, 4.0]), [0, -1, 1]) == 18.0

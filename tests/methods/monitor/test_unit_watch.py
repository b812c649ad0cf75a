import numpy as np

from pilothouse.methods.monitor.unit_watch import unit_state


def rows(seed=1, n=1_000):
    rng = np.random.default_rng(seed)
    within = rng.normal(size=(n, 1)) + 0.3 * rng.normal(size=(n, 5))
    within[:, 4] = rng.normal(size=n)
    return within


NAMES = ("a", "b", "c", "d", "apart")


def test_what_the_others_explain_is_told_on_later_rows():
    state = unit_state(rows(), NAMES)
    told = dict(zip(state.names, state.explained, strict=True))
    assert min(told[name] for name in "abcd") > 0.8
    assert told["apart"] < 0.1


def test_a_parameter_that_left_the_others_is_named():
    within = rows()
    within[-1, 2] += 6.0
    state = unit_state(within, NAMES)
    assert state.spe > 1.0
    assert state.of_spe[0][0] == "c"
    assert sum(share for _, share in state.of_spe) <= 1.0


def test_constant_and_absent_parameters_are_left_out():
    within = np.column_stack([rows(), np.zeros(1_000), np.full(1_000, np.nan)])
    assert unit_state(within, (*NAMES, "still", "never")).names == NAMES


def test_few_rows_or_parameters_cannot_be_watched():
    assert unit_state(rows(n=60), NAMES) is None
    assert unit_state(rows()[:, :2], NAMES[:2]) is None

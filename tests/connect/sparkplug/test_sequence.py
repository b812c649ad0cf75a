"""Messages are put in order; what does not come is given up in time."""

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.connect.sparkplug.sequence import Sequence


def begun(number=255, tolerance_ns=10):
    line = Sequence(tolerance_ns=tolerance_ns)
    line.begin(number)
    return line


def test_in_order_nothing_waits():
    line = begun()
    assert [line.offer(k % 256, k, 0) for k in range(1_000)] == [[k] for k in range(1_000)]


@given(st.permutations(range(20)), st.integers(0, 255))
def test_any_order_within_the_time_comes_out_in_order(order, start):
    line = begun((start - 1) % 256)
    out = [one for k in order for one in line.offer((start + k) % 256, k, 0)]
    assert out == list(range(20))
    assert (line.is_waiting, line.repeated) == (False, 0)


@given(st.lists(st.integers(0, 19), min_size=1, max_size=60))
def test_each_comes_out_once_however_often_it_comes(said):
    line = begun()
    out = [one for k in said for one in line.offer(k, k, 0)]
    for turn in range(1, 21):
        out += line.give_up(10 * turn)[1]
    assert not line.is_waiting
    assert out == sorted(set(said))


def test_what_is_missing_is_given_up_and_taken_when_it_comes_late():
    line = begun()
    assert line.offer(0, "a", 0) == ["a"]
    assert line.offer(3, "d", 5) == []
    assert line.give_up(14) == (0, [])
    assert line.give_up(15) == (2, ["d"])
    assert line.offer(1, "b", 16) == ["b"]
    assert line.offer(1, "b", 17) == []
    assert line.repeated == 1


def test_two_gaps_are_given_up_one_after_the_other():
    line = begun()
    line.offer(1, "b", 0)
    line.offer(3, "d", 0)
    assert line.give_up(10) == (1, ["b"])
    assert line.give_up(19) == (0, [])
    assert line.give_up(20) == (1, ["d"])


def test_numbers_that_begin_anew_are_followed():
    line = begun(99)
    line.offer(102, "waits", 0)
    assert line.is_behind(3)
    assert line.skip_to(3, "new") == ["waits", "new"]
    assert line.offer(4, "next", 0) == ["next"]

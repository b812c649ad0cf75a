"""A row that closes a circle of descent is found, whatever stands around it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.connect.files.circle import closing
from pilothouse.plant.material import Genealogy, Origin

piece = st.sampled_from("abcdefg")
pairs = st.lists(st.tuples(piece, piece).filter(lambda pair: pair[0] != pair[1]), max_size=14)


def loop(kept):
    return Genealogy(tuple(Origin(child=c, parent=p, start=0.0, end=1.0) for c, p in kept)).loop()


@given(pairs=pairs)
def test_each_row_is_kept_that_closes_none_with_those_kept_before(pairs):
    kept = []
    for pair, reason in zip(pairs, closing(pairs, []), strict=True):
        circle = loop([*kept, pair])
        assert (reason is not None) == bool(circle)
        if reason is None:
            kept.append(pair)
        else:
            named = reason.removeprefix("it closes a circle of descent: ").partition(";")[0].split(" of ")
            assert named[0] == named[-1] == pair[0]
            assert {*pairwise(named)} <= {*kept, pair}


@given(pairs=pairs, count=st.integers(0, 6))
def test_what_counts_already_counts_as_earlier_rows(pairs, count):
    reasons = closing(pairs, [])
    before = [pair for pair, reason in zip(pairs[:count], reasons, strict=False) if reason is None]
    later = closing(pairs[count:], before)
    assert [bool(reason) for reason in later] == [bool(reason) for reason in reasons[count:]]

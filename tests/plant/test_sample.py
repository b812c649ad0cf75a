"""Samples know what they can know alone."""

import numpy as np
import pytest

from pilothouse.plant.sample import Samples


def batch(**changed: object) -> Samples:
    told = {
        "parameters": ("a", "b"),
        "which": np.array([0, 1], np.int32),
        "source_ns": np.array([1, 2]),
        "values": np.array([1.0, 2.0]),
        "statuses": np.zeros(2, np.uint8),
        "received_ns": 3,
    }
    return Samples(**{**told, **changed})


def test_a_batch_has_the_length_of_its_arrays() -> None:
    assert len(batch()) == 2


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"values": np.array([1.0])}, "one length"),
        ({"which": np.array([0, 2], np.int32)}, "outside the 2 parameters"),
        ({"which": np.array([-1, 0], np.int32)}, "outside the 2 parameters"),
        ({"origin": "guessed"}, "origin"),
        ({"values": np.array([1.0, np.nan])}, "bad status"),
        ({"pieces": ("x",)}, "together"),
    ],
)
def test_what_contradicts_itself_is_refused(changed: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        batch(**changed)


def test_no_number_may_come_with_bad_status() -> None:
    assert len(batch(values=np.array([np.nan, 2.0]), statuses=np.array([2, 0], np.uint8))) == 2

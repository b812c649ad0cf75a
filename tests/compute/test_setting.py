"""What may be written where, and what is said of the rest."""

import pytest

from pilothouse.compute.local import LocalCompute
from pilothouse.compute.setting import check_setting, compute_of
from pilothouse.errors import ConfigError


@pytest.mark.parametrize("setting", ["", "local", "local:1", "local:32", "dask://hub:8786", "dask://[::1]:8786"])
def test_what_can_be_used(setting):
    assert check_setting(setting) == ""


@pytest.mark.parametrize(
    "setting",
    ["Local", "local:0", "local:", "local:-1", "dask://", "dask://hub", "dask://u:p@hub:1", "tcp://hub:8786", "4"],
)
def test_what_cannot_be_used_says_what_was_expected(setting):
    with pytest.raises(ConfigError, match=r"expected local, local:4 \(processes\) or dask://host:port") as told:
        compute_of(setting)
    assert setting in told.value.message
    assert "[hub]" in told.value.hint


def test_nothing_written_is_a_process_a_core():
    with compute_of("") as some, compute_of("local:3") as three:
        assert isinstance(some, LocalCompute)
        assert some.workers >= 1
        assert three.workers == 3

"""Addresses of Sparkplug are cut by their slashes."""

import pytest

from pilothouse.connect.sparkplug.address import SparkplugAddress
from pilothouse.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g/n/m", ("g", "n", "", "m")),
        ("g/n/d/m", ("g", "n", "d", "m")),
        ("g/n/d/a/b/c", ("g", "n", "d", "a/b/c")),
        ("g/n//a/b", ("g", "n", "", "a/b")),
        ("g/n/d/zone #1+2", ("g", "n", "d", "zone #1+2")),
    ],
)
def test_it_is_cut(text, expected):
    assert SparkplugAddress.read(text) == SparkplugAddress(*expected)


@pytest.mark.parametrize("text", ["", "g", "g/n", "g/n/", "g/n/d/", "/n/m", "g//m", "g/+/d/m", "g/n#/m"])
def test_what_is_none_is_told(text):
    with pytest.raises(ConfigError, match="group/edge-node"):
        SparkplugAddress.read(text)

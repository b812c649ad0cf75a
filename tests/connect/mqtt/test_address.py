"""Addresses of plain MQTT are cut at the first `#`."""

import pytest

from pilothouse.connect.mqtt.address import JsonAddress
from pilothouse.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "topic", "pointer"),
    [
        ("a/b#/c/0/d", "a/b", ("c", "0", "d")),
        ("a/b", "a/b", ()),
        ("a/b#", "a/b", ()),
        ("a#/x~1y~0z", "a", ("x/y~z",)),
        ("a#/", "a", ("",)),
        ("a#/b#c", "a", ("b#c",)),
    ],
)
def test_it_is_cut(text, topic, pointer):
    assert JsonAddress.read(text) == JsonAddress(topic, pointer)


@pytest.mark.parametrize("text", ["", "#/a", "a/+/b#/c", "a#b"])
def test_what_is_none_is_told(text):
    with pytest.raises(ConfigError, match="expected"):
        JsonAddress.read(text)

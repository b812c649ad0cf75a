"""When a metric was so, and how good it is."""

import pytest

from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN
from pilothouse.wire.sparkplug.metric import instant_ns, put_quality, quality, status_of, timestamp_ms
from pilothouse.wire.sparkplug.sparkplug_b_pb2 import Payload


@pytest.mark.parametrize("status", [GOOD, UNCERTAIN, BAD])
def test_the_status_travels(status):
    metric = Payload.Metric()
    put_quality(metric, status)
    assert quality(metric.properties) == status


def test_other_properties_say_nothing_of_it():
    metric = Payload.Metric()
    metric.properties.keys.extend(["engUnit", "Quality"])
    metric.properties.values.add().string_value = "degC"
    assert quality(metric.properties) == GOOD  # its value is missing
    metric.properties.values.add().long_value = 500
    assert quality(metric.properties) == BAD
    metric.properties.values[1].is_null = True
    assert quality(metric.properties) == BAD


@pytest.mark.parametrize(
    ("code", "status"), [(192, GOOD), (0, BAD), (500, BAD), (255, GOOD), (65, UNCERTAIN), (63, BAD), (2**31, BAD)]
)
def test_codes(code, status):
    assert status_of(code) == status


def test_milliseconds():
    assert instant_ns(timestamp_ms(1_700_000_000_123_456_789)) == 1_700_000_000_123_000_000
    assert instant_ns(2**63) is None

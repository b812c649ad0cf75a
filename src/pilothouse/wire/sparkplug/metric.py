"""What a metric tells besides its value: when it was so, and how good it is."""

from typing import Final

from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN
from pilothouse.wire.sparkplug.sparkplug_b_pb2 import Payload

NS_PER_MS: Final = 1_000_000
_LAST_MS: Final = (2**63 - 1) // NS_PER_MS

QUALITY: Final = "Quality"
"""The property that says how good a value is."""

QUALITY_OF: Final = {GOOD: 192, UNCERTAIN: 64, BAD: 0}
"""By status; Sparkplug itself knows 0 bad, 192 good and 500 stale, gateways pass the codes of OPC on."""


def instant_ns(timestamp_ms: int) -> int | None:
    """Of a timestamp in milliseconds; None where there is none or none that can be meant.

    Examples
    --------
    >>> instant_ns(7), instant_ns(0), instant_ns(2**64 - 1)
    (7000000, None, None)
    """
    return timestamp_ms * NS_PER_MS if 0 < timestamp_ms <= _LAST_MS else None


def timestamp_ms(instant: int) -> int:
    """Of an instant in nanoseconds."""
    return instant // NS_PER_MS


def status_of(code: int) -> int:
    """The status of a quality code; stale is bad: the value is not what the plant is at now.

    Examples
    --------
    >>> [status_of(code) for code in (192, 0, 500, 64, 216, 999)]
    [0, 2, 2, 1, 0, 2]
    """
    if 192 <= code < 256:
        return GOOD
    return UNCERTAIN if 64 <= code < 192 else BAD


def quality(properties: Payload.PropertySet) -> int:
    """The status that properties tell; good where they tell none."""
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == QUALITY:
            return BAD if value.is_null else status_of(value.int_value or value.long_value)
    return GOOD


def put_quality(metric: Payload.Metric, status: int) -> None:
    """Write a status into a metric; good needs no word."""
    if status != GOOD:
        metric.properties.keys.append(QUALITY)
        value = metric.properties.values.add()
        value.type = 3
        value.int_value = QUALITY_OF[status]

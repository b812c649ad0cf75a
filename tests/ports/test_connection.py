"""Health is data that a source writes as it goes."""

from pilothouse.ports import Health


def test_counters_begin_at_nothing() -> None:
    health = Health(connection="level-2")
    health.count("values", 3)
    health.count("values")
    assert health.counts == {"values": 4}
    assert health.state == "starting"

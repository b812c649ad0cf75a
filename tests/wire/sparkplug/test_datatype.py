"""Values of every type travel there and back, however many bits their maker sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.wire.sparkplug.datatype import FIELD, SIGNED_BITS, Datatype, put, signed
from pilothouse.wire.sparkplug.sparkplug_b_pb2 import Payload

WHOLE = {Datatype.UINT8: 8, Datatype.UINT16: 16, Datatype.UINT32: 32, Datatype.UINT64: 64, Datatype.DATETIME: 64}


def there_and_back(datatype, value):
    metric = Payload.Metric()
    put(metric, datatype, value)
    metric = Payload.Metric.FromString(metric.SerializeToString())
    raw = getattr(metric, FIELD[datatype])
    return signed(raw, SIGNED_BITS[datatype]) if datatype in SIGNED_BITS else raw


@pytest.mark.parametrize(("datatype", "bits"), SIGNED_BITS.items())
def test_signed_numbers(datatype, bits):
    for value in (-(1 << (bits - 1)), -1, 0, 1, (1 << (bits - 1)) - 1):
        assert there_and_back(datatype, value) == value
    with pytest.raises(ValueError, match="holds"):
        put(Payload.Metric(), datatype, 1 << (bits - 1))


@pytest.mark.parametrize(("datatype", "bits"), WHOLE.items())
def test_unsigned_numbers(datatype, bits):
    for value in (0, 1, (1 << bits) - 1):
        assert there_and_back(datatype, value) == value
    with pytest.raises(ValueError, match="holds"):
        put(Payload.Metric(), datatype, -1)


@given(st.floats(allow_nan=False))
def test_doubles_keep_every_bit(value):
    assert there_and_back(Datatype.DOUBLE, value) == value


def test_the_others():
    assert there_and_back(Datatype.FLOAT, 0.5) == 0.5
    assert there_and_back(Datatype.BOOLEAN, 1.0) is True
    assert there_and_back(Datatype.STRING, "H1") == "H1"
    metric = Payload.Metric()
    put(metric, Datatype.STRING, None)
    assert metric.is_null


@pytest.mark.parametrize(("datatype", "value"), [(Datatype.FLOAT, "x"), (Datatype.TEXT, 1.0), (Datatype.DATASET, 1.0)])
def test_what_a_type_cannot_hold_is_refused(datatype, value):
    with pytest.raises(ValueError, match="cannot hold"):
        put(Payload.Metric(), datatype, value)

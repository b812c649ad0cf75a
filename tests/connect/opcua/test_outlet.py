"""Set-points written and read again; what is refused, and what is not known, is told apart."""

import time

import pytest
from tests.connect.opcua.conftest import connection, free_port, run

from pilothouse.connect.address import Address
from pilothouse.connect.opcua import KIND
from pilothouse.errors import NotWrittenError, SourceError

ODD = "nsu=urn:test:odd;s="


def outlet(url, **settings):
    addresses = [
        Address(parameter="setpoint", address=f"{ODD}setpoint", writable=True),
        Address(parameter="scaled", address=f"{ODD}setpoint", scale=60.0, writable=True),
        Address(parameter="step", address=f"{ODD}step", writable=True),
        Address(parameter="fixed", address=f"{ODD}fixed", writable=True),
        Address(parameter="text", address=f"{ODD}text", writable=True),
        Address(parameter="gone", address=f"{ODD}gone", writable=True),
        Address(parameter="count", address=f"{ODD}count"),
    ]
    return KIND.outlet(connection(url, addresses, **settings))


def test_a_value_is_written_in_the_type_and_unit_of_its_node_and_read_again(odd):
    out = outlet(odd.url)
    assert "count" not in out.writable
    back = run(out.write("setpoint", 42.5, timeout_s=10.0))
    assert back.value == 42.5
    assert abs(back.at_ns - time.time_ns()) < 60e9
    assert run(out.write("scaled", 600.0, timeout_s=10.0)).value == 600.0
    assert run(out.read("setpoint", timeout_s=10.0)).value == pytest.approx(10.0)
    assert run(out.write("step", 4.0, timeout_s=10.0)).value == 4.0


@pytest.mark.parametrize(
    ("parameter", "value", "match"),
    [
        ("setpoint", 101.0, r"refused setpoint = 101 \(BadOutOfRange\)"),
        ("fixed", 2.0, r"refused fixed = 2 \(BadUserAccessDenied\)"),
        ("text", 2.0, "a node of type String takes no number"),
        ("gone", 2.0, r"refused gone = 2 \(BadNodeIdUnknown\)|refused gone = 2"),
    ],
)
def test_what_is_refused_was_not_written(odd, parameter, value, match):
    with pytest.raises(NotWrittenError, match=match):
        run(outlet(odd.url).write(parameter, value, timeout_s=10.0))


def test_without_a_connection_nothing_was_written():
    with pytest.raises(NotWrittenError, match="while connecting"):
        run(outlet(f"opc.tcp://127.0.0.1:{free_port()}").write("setpoint", 1.0, timeout_s=5.0))


def test_silence_after_sending_is_not_known(odd):
    begun = time.monotonic()
    with pytest.raises(SourceError, match="it is not known whether setpoint = -5 was written") as caught:
        run(outlet(odd.url).write("setpoint", -5.0, timeout_s=2.0))
    assert not isinstance(caught.value, NotWrittenError)
    assert time.monotonic() - begun < 6.0
    assert run(outlet(odd.url).read("setpoint", timeout_s=10.0)).value == -5.0  # it was, as it happens


def test_a_parameter_that_is_not_declared_writable_is_misuse(odd):
    with pytest.raises(ValueError, match="count is not declared writable over line"):
        run(outlet(odd.url).write("count", 1.0, timeout_s=1.0))
    with pytest.raises(ValueError, match="other has no address over line"):
        run(outlet(odd.url).read("other", timeout_s=1.0))


def test_a_connection_without_writable_addresses_has_no_outlet(odd):
    assert KIND.outlet(connection(odd.url, [Address(parameter="a", address="i=1")])) is None

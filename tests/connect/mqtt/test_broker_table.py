"""The broker of a `[[connection]]`: what is declared, and secrets from the environment."""

import pytest

from pilothouse.connect.declaration import read_connections
from pilothouse.connect.mqtt import KIND
from pilothouse.errors import ConfigError
from pilothouse.plant.declaration import Declaration


def broker_of(declare, tmp_path, lines):
    settings = declare("mqtt", KIND, lines, ["a,speed,,,"]).settings
    return settings.broker.broker(tmp_path, client_id="we", session_s=60)


def test_a_host_is_enough(declare, tmp_path):
    broker = broker_of(declare, tmp_path, 'host = "broker.mill"')
    assert (broker.name, broker.client_id, broker.tls, broker.user) == ("broker.mill:1883", "we", None, None)
    assert (broker.is_version_5, broker.session_s) == (True, 60)


def test_papers_make_it_secured(declare, tmp_path):
    lines = 'host = "b"\nca = "ca.pem"\ncertificate = "hub.pem"\nprivate_key = "hub.key"\nclient_id = "x"'
    broker = broker_of(declare, tmp_path, lines)
    assert (broker.port, broker.client_id) == (8883, "x")
    assert broker.tls.ca == tmp_path / "ca.pem"


def test_secrets_come_from_the_environment(declare, tmp_path, monkeypatch):
    lines = 'host = "b"\nuser = "hub"\npassword_env = "MILL_SECRET"'
    monkeypatch.setenv("MILL_SECRET", "s3cret")
    broker = broker_of(declare, tmp_path, lines)
    assert broker.password == "s3cret"  # noqa: S105 - it is nobody's
    assert "s3cret" not in repr(broker)
    monkeypatch.delenv("MILL_SECRET")
    with pytest.raises(ConfigError, match="MILL_SECRET"):
        broker_of(declare, tmp_path, lines)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("port = 1883", "host"),
        ('host = "b"\nport = 0', "port"),
        ('host = "b"\ntls = false\nca = "x"', "tls = false"),
        ('host = "b"\ncertificate = "x"', "come together"),
        ('host = "b"\npassword_env = "X"', "without a user"),
        ('host = "b"\nversion = "4"', "version"),
        ('host = "b"\nshared = "a/b"', "shared"),
        ('host = "b"\ntime_format = "unix"', "time format"),
        ('host = "b"\nhots = "b"', "hots"),
    ],
)
def test_every_fault_is_told(lines, problem, tmp_path, plant):
    text = f'[[connection]]\nkey = "a"\nkind = "mqtt"\n{lines}\n'
    found, faults = read_connections(tmp_path, Declaration.parse(text), plant, {"mqtt": KIND})
    assert found == () or "hots" in lines
    assert any(problem in str(fault) for fault in faults), [str(fault) for fault in faults]

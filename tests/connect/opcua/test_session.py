"""Security policies and logins, with certificates made here; and what is told where they fail."""

import pytest
from tests.connect.opcua import certificates
from tests.connect.opcua.conftest import SERVER, Server, Shelf, connection, run, running, until

from pilothouse.connect.address import Address
from pilothouse.connect.opcua import OpcUaSource
from pilothouse.errors import SourceError
from pilothouse.ports import Health

GOOD = Address(parameter="count", address="nsu=urn:test:odd;s=count")


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    for name in ("server", "hub", "person"):
        certificates.make(folder, name, f"urn:test:{name}")
    return folder


@pytest.fixture(scope="module")
def secured(pki):
    files = ("--certificate", str(pki / "server.der"), "--private-key", str(pki / "server.pem"))
    server = Server(str(SERVER), "odd", *files).start()
    yield server
    server.kill()


SECURITY = {
    "none": {},
    "Basic256Sha256": {"security": "Basic256Sha256"},
    "Basic256Sha256-sign": {"security": "Basic256Sha256", "mode": "sign"},
    "Aes256Sha256RsaPss": {"security": "Aes256Sha256RsaPss"},
}
LOGIN = {
    "anonymous": {},
    "user": {"user": "hub", "password_env": "TEST_PASSWORD"},
    "certificate": {"user_certificate": "person.der", "user_private_key": "person.pem"},
}
FILES = {"certificate": "hub.der", "private_key": "hub.pem", "server_certificate": "server.der"}


def secure(url, root, security, login="anonymous", **other):
    files = {} if security == "none" else FILES
    return connection(url, [GOOD], root=root, every_s=0.1, **{**SECURITY[security], **files, **LOGIN[login], **other})


@pytest.mark.parametrize("security", SECURITY)
@pytest.mark.parametrize("login", LOGIN)
def test_values_come_by_every_policy_and_login(secured, pki, monkeypatch, security, login):
    monkeypatch.setenv("TEST_PASSWORD", "secret")

    async def listen():
        async with running(secure(secured.url, pki, security, login)) as (sink, health):
            await until(lambda: len(sink.rows("count")) > 2)
            assert health.counts.get("lost", 0) == 0

    run(listen())


def fails(declared, match):
    with pytest.raises(SourceError, match=match):
        run(OpcUaSource(declared).run(Shelf(), Health(connection="line")))


def test_a_wrong_password_is_told(secured, pki, monkeypatch):
    monkeypatch.setenv("TEST_PASSWORD", "wrong")
    fails(secure(secured.url, pki, "Basic256Sha256", "user"), "BadUserAccessDenied while connecting")


def test_a_password_that_is_not_there_is_told_by_the_name_of_its_variable(secured, pki, monkeypatch):
    monkeypatch.delenv("TEST_PASSWORD", raising=False)
    fails(secure(secured.url, pki, "none", "user"), "environment variable TEST_PASSWORD is not set")


def test_another_server_than_the_one_we_trust_is_not_spoken_to(secured, pki):
    fails(secure(secured.url, pki, "Basic256Sha256", server_certificate="person.der"), "while connecting")


def test_a_file_that_is_missing_or_no_certificate_is_named(secured, pki, tmp_path):
    fails(secure(secured.url, pki, "Basic256Sha256", certificate="no.der"), r"there is no file no\.der")
    (pki / "odd.der").write_bytes(b"no certificate")
    fails(secure(secured.url, pki, "Basic256Sha256", certificate="odd.der"), "cannot be read")

"""What a ``[[connection]]`` of kind ``opcua`` says beside its key and its addresses.

::

    url = "opc.tcp://192.168.10.5:4840"
    security = "Basic256Sha256"              # or "Aes256Sha256RsaPss", or "none"
    mode = "sign-and-encrypt"                # or "sign"
    certificate = "pki/hub.der"              # files lie in the plant folder, .der or .pem
    private_key = "pki/hub.pem"
    server_certificate = "pki/level-2.der"   # whom we trust: no other server is spoken to
    user = "hub"
    password_env = "LEVEL2_PASSWORD"         # or a login by user_certificate and user_private_key
"""

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pilothouse.clock import NS_PER_S
from pilothouse.plant.table import Table

SECURITIES: Final = ("none", "Basic256Sha256", "Aes256Sha256RsaPss")
"""Security policies by the names the standard gives them; what it withdrew is not offered."""

MODES: Final = ("sign", "sign-and-encrypt")


QUEUED: Final = 10.0
"""For so many publishing intervals a server keeps what it could not send; with less than two it drops some in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server is spoken to.

    Parameters
    ----------
    url
        Of the server, ``opc.tcp://HOST:PORT/PATH``.
    security, mode
        One of :data:`SECURITIES`, one of :data:`MODES`.
    certificate, private_key, server_certificate
        Files in the plant folder; empty without security.
    user, password_env
        A login by name; the password stands in the environment variable.
    user_certificate, user_private_key
        Files of a login by certificate.
    sampling_s
        How often the server looks at a value; None for half the declared interval of the connection.
    publishing_s
        How often it sends what it saw.
    keepalive_s
        How often it says that it is there when there is nothing to send.
    timeout_s
        How long an answer may take.
    history_h
        How far back is asked after an outage.
    """

    url: str
    security: str = "none"
    mode: str = "sign-and-encrypt"
    certificate: str = ""
    private_key: str = ""
    server_certificate: str = ""
    user: str = ""
    password_env: str = ""
    user_certificate: str = ""
    user_private_key: str = ""
    sampling_s: float | None = None
    publishing_s: float = 0.5
    keepalive_s: float = 5.0
    timeout_s: float = 5.0
    history_h: float = 24.0

    def sampled_s(self, every_ns: int | None) -> float:
        """Seconds between two looks at a value.

        Twice as often as values come, so that none falls between two looks; as often as is sent where they come on
        change.

        Examples
        --------
        >>> s = Settings(url="opc.tcp://plant:4840")
        >>> s.sampled_s(100_000_000), s.sampled_s(None)
        (0.05, 0.5)
        """
        if self.sampling_s is not None:
            return self.sampling_s
        return self.publishing_s if every_ns is None else every_ns / NS_PER_S / 2.0

    def queue_size(self, every_ns: int | None) -> int:
        """Values of one node that the server keeps: for :data:`QUEUED` sendings, at least two.

        With a queue of one a server at 10 Hz drops nine of ten values and says nothing; and one whose machine is busy
        sends late.

        Examples
        --------
        >>> Settings(url="opc.tcp://plant:4840", publishing_s=1.0).queue_size(100_000_000)
        200
        """
        return max(2, math.ceil(QUEUED * self.publishing_s / self.sampled_s(every_ns)))

    @property
    def needed_files(self) -> tuple[str, ...]:
        """Files that must be there before anything is opened."""
        named = (self.certificate, self.private_key, self.server_certificate)
        return tuple(name for name in (*named, self.user_certificate, self.user_private_key) if name)


def read_settings(table: Table) -> Settings | None:
    """The settings of a table; what is wrong is noted there, and gives None."""
    url = table.text("url")
    _check_url(table, url)
    security = table.choice("security", SECURITIES, default="none")
    mode = table.choice("mode", MODES, default="sign-and-encrypt")
    certificate, private_key, server_certificate = (
        table.text(key, default="") for key in ("certificate", "private_key", "server_certificate")
    )
    files = {"certificate": certificate, "private_key": private_key, "server_certificate": server_certificate}
    _check_security(table, security, files)
    user, password_env, user_certificate, user_private_key = (
        table.text(key, default="") for key in ("user", "password_env", "user_certificate", "user_private_key")
    )
    _check_login(table, user, password_env, user_certificate, user_private_key)
    return table.make(
        Settings,
        url=url,
        security=security,
        mode=mode,
        **files,
        user=user,
        password_env=password_env,
        user_certificate=user_certificate,
        user_private_key=user_private_key,
        sampling_s=table.number("sampling_s", default=None, low=1e-3),
        publishing_s=table.number("publishing_s", default=0.5, low=0.01, high=60.0),
        keepalive_s=table.number("keepalive_s", default=5.0, low=0.1, high=600.0),
        timeout_s=table.number("timeout_s", default=5.0, low=0.1, high=120.0),
        history_h=table.number("history_h", default=24.0, low=0.0),
    )


def _check_url(table: Table, url: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme != "opc.tcp" or not parts.hostname):
        table.fault(f"url: expected opc.tcp://HOST:PORT, got {url!r}", "write the address of the server", at="url")
    if parts.password:
        table.fault("url holds a password", "name an environment variable in password_env", at="url")


def _check_security(table: Table, security: str, files: dict[str, str]) -> None:
    for key, name in files.items():
        if security not in ("none", "") and not name:
            table.fault(
                f"security {security} needs a {key.replace('_', ' ')}", f'add {key} = "pki/{key}.der"', at="security"
            )
        if security == "none" and name:
            table.fault(f"{key} is of no use without security", 'write security = "Basic256Sha256"', at=key)


def _check_login(table: Table, user: str, password_env: str, certificate: str, private_key: str) -> None:
    if user and certificate:
        table.fault("two logins: user and user_certificate", "keep one of them", at="user")
    if bool(user) != bool(password_env):
        told = "user" if user else "password_env"
        table.fault("user and password_env come together or not at all", "add the other one", at=told)
    if bool(certificate) != bool(private_key):
        told = "user_certificate" if certificate else "user_private_key"
        table.fault("user_certificate and user_private_key come together or not at all", "add the other one", at=told)

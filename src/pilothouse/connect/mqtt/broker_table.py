"""The part of a ``[[connection]]`` that says where the broker is, the same for plain MQTT and for Sparkplug."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import ConfigError
from pilothouse.plant.table import Table
from pilothouse.wire.mqtt import Broker, Tls

VERSIONS = ("5", "3.1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where a broker is, as declared; secrets by the names of their environment variables.

    Parameters
    ----------
    host, port, client_id, user, keepalive_s, timeout_s
        As in :class:`~pilothouse.wire.mqtt.Broker`.
    password_env, key_password_env
        Names of environment variables; empty where there is no such secret.
    is_secured
        Whether the line is TLS.
    ca, certificate, private_key
        Files, relative to the plant folder; empty where there is none.
    version
        One of :data:`VERSIONS`.
    """

    host: str
    port: int
    client_id: str
    user: str
    password_env: str
    is_secured: bool
    ca: str
    certificate: str
    private_key: str
    key_password_env: str
    keepalive_s: int
    timeout_s: float
    version: str

    def broker(self, root: Path, *, client_id: str, session_s: int = 0, version: str = "") -> Broker:
        """The broker, with the secrets.

        Parameters
        ----------
        root
            The plant folder.
        client_id
            Where none is declared.
        session_s, version
            What the kind of connection asks for; an empty version is the declared one.

        Raises
        ------
        ConfigError
            If an environment variable is not set.
        """
        tls = None
        if self.is_secured:
            files = [root / name if name else None for name in (self.ca, self.certificate, self.private_key)]
            tls = Tls(
                ca=files[0],
                certificate=files[1],
                private_key=files[2],
                key_password=_secret(self.key_password_env, os.environ),
            )
        return Broker(
            host=self.host,
            port=self.port,
            client_id=self.client_id or client_id,
            user=self.user or None,
            password=_secret(self.password_env, os.environ),
            tls=tls,
            keepalive_s=self.keepalive_s,
            timeout_s=self.timeout_s,
            is_version_5=(version or self.version) == "5",
            session_s=session_s,
        )


def read_broker(table: Table) -> BrokerSettings | None:
    """The broker of a ``[[connection]]``; faults are noted there."""
    ca, certificate = table.text("ca", default=""), table.text("certificate", default="")
    private_key = table.text("private_key", default="")
    is_secured = table.flag("tls", default=bool(ca or certificate))
    if (ca or certificate) and not is_secured:
        table.fault("certificates, but tls = false", "leave tls out, or the certificates", at="tls")
    if bool(certificate) != bool(private_key):
        table.fault("certificate and private_key come together", "name both files, or neither", at="certificate")
    user, password_env = table.text("user", default=""), table.text("password_env", default="")
    if password_env and not user:
        table.fault("a password without a user", 'add a line user = "..."', at="password_env")
    return table.make(
        BrokerSettings,
        host=table.text("host"),
        port=table.integer("port", default=8883 if is_secured else 1883, low=1, high=65_535),
        client_id=table.text("client_id", default=""),
        user=user,
        password_env=password_env,
        is_secured=is_secured,
        ca=ca,
        certificate=certificate,
        private_key=private_key,
        key_password_env=table.text("key_password_env", default=""),
        keepalive_s=table.integer("keepalive_s", default=20, low=1, high=3_600),
        timeout_s=table.number("timeout_s", default=10.0, low=0.1, high=600.0),
        version=table.choice("version", VERSIONS, default="5"),
    )


def _secret(name: str, environment: Mapping[str, str]) -> str | None:
    if not name:
        return None
    if name not in environment:
        raise ConfigError(
            f"environment variable {name}: expected a secret, but it is not set",
            hint=f"set {name} for the process that runs the hub",
        )
    return environment[name]

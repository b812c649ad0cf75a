"""Where a broker is, and how one is known to it."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from pilothouse.errors import SourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How the line is secured.

    Parameters
    ----------
    ca
        Certificates that are trusted; None for those of the system.
    certificate, private_key
        With which this end shows who it is; None where a password is enough.
    key_password
        Of the private key; None where it has none.
    """

    ca: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    key_password: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        """The context of a client.

        Raises
        ------
        SourceError
            If a file cannot be read or is no certificate or key.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.private_key, lambda: self.key_password or "")
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(str(path) for path in (self.ca, self.certificate, self.private_key) if path is not None)
            raise SourceError(
                f"TLS: expected certificates and a key in PEM, got {error.strerror or error}",
                hint="see that the files are there, readable, and belong together",
                files=files,
            ) from error
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker and the name one goes by.

    Parameters
    ----------
    host, port
        Where it listens.
    client_id
        Of this session; two sessions of one name throw each other out.
    user, password
        None where it asks for none.
    tls
        None for a line that is not secured.
    keepalive_s
        How often it hears from us at least; a line that died without a word is noticed after twice that.
    timeout_s
        How long any answer may take.
    is_version_5
        Whether MQTT 5 is spoken; else 3.1.1.
    session_s
        How long the broker keeps what we missed; 0 where each session begins anew.
    unacknowledged
        How many messages of QoS 1 may be on their way to us (MQTT 5; with 3.1.1 the broker decides).
    """

    host: str
    port: int = 1883
    client_id: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    keepalive_s: int = 20
    timeout_s: float = 10.0
    is_version_5: bool = True
    session_s: int = 0
    unacknowledged: int = 20_000

    @property
    def name(self) -> str:
        """As errors name it."""
        return f"{self.host}:{self.port}"

"""A session with a server: opened anew for every try, each wait with an end, and nothing left behind.

A client that has lost its connection is never mended: after packet loss such mending is known to wait for ever. What
fails, fails as a :class:`~pilothouse.errors.SourceError` that names the server and what was being done.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from asyncua import Client, ua
from asyncua.common.utils import Buffer
from asyncua.crypto import security_policies, uacrypto
from asyncua.ua.ua_binary import struct_from_binary
from cryptography import x509

from pilothouse.connect.opcua.settings import Settings
from pilothouse.errors import SourceError

T = TypeVar("T")
R = TypeVar("R")

_POLICIES: Final = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes256Sha256RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
_MODES: Final = {
    "sign": ua.MessageSecurityMode.Sign,
    "sign-and-encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}

SESSION_MS: Final = 60_000
"""A server forgets a session, with all it queued for it, when it was silent for so long."""

_NO_WATCHDOG_S: Final = 1e6
"""asyncua's own watchdog would drop a server that takes long for one big answer; ours knows what is waited for."""

_CLOSING_S: Final = 1.0
_APPLICATION: Final = "urn:pilothouse:hub"
"""Name of the hub as an application, where no certificate tells another."""

_TOO_MANY: Final = (
    ua.uaerrors.BadTooManyOperations,
    ua.uaerrors.BadTooManyMonitoredItems,
    ua.uaerrors.BadRequestTooLarge,
    ua.uaerrors.BadResponseTooLarge,
    ua.uaerrors.BadEncodingLimitsExceeded,
    ua.uaerrors.BadTcpMessageTooLarge,
)

# asyncua tells one loss in several lines, with tracebacks; here it is told once, by the SourceError.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)


class Request(Protocol):
    """A service request of the standard."""

    TypeId: Any
    RequestHeader: Any


class Session:
    """An activated session.

    Parameters
    ----------
    client
        Connected.
    settings
        Of the server.
    """

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self.settings = settings
        self.namespaces: tuple[str, ...] = ()

    async def send(self, request: Request, doing: str, *, timeout_s: float | None = None) -> Buffer:
        """The bytes that answer a request.

        Raises
        ------
        SourceError
            If it could not be sent, or no answer came in time.
        ua.UaStatusCodeError
            If the server answers with a fault.
        """
        wait_s = self.settings.timeout_s if timeout_s is None else timeout_s
        protocol = self._client.uaclient.protocol
        if protocol is None:
            raise lost(self.settings.url, doing, ConnectionError("the connection is closed"))
        try:
            async with asyncio.timeout(wait_s):
                answer: Buffer = await protocol.send_request(request, wait_s)
        except ua.UaStatusCodeError:
            raise
        except Exception as error:
            raise lost(self.settings.url, doing, error, wait_s) from error
        return answer

    async def ask(self, request: Request, answer: Any, doing: str, *, timeout_s: float | None = None) -> Any:  # noqa: ANN401 - asyncua has no types
        """The answer to a request; raises as :meth:`send` does."""
        data = await self.send(request, doing, timeout_s=timeout_s)
        try:
            found = struct_from_binary(answer, data)
        except Exception as error:
            raise lost(self.settings.url, doing, error) from error
        found.ResponseHeader.ServiceResult.check()
        return found

    async def ask_in_parts(
        self, things: Sequence[T], ask: Callable[[Sequence[T]], Awaitable[list[R]]], most: int
    ) -> list[R]:
        """One answer a thing, so many things a request, and fewer where the server says that these are too many."""
        found: list[R] = []
        while len(found) < len(things):
            part = things[len(found) : len(found) + most]
            try:
                answers = await ask(part)
            except _TOO_MANY:
                if most == 1:
                    raise
                most = max(1, min(most, len(part)) // 2)
                continue
            if len(answers) != len(part):
                raise SourceError(
                    f"{self.settings.url}: asked of {len(part)} things, the server answered on {len(answers)}",
                    hint="tell the maker of the server",
                )
            found += answers
        return found

    async def read(self, nodes: Sequence[tuple[ua.NodeId, ua.AttributeIds]], doing: str) -> list[ua.DataValue]:
        """One attribute of each node."""

        async def ask(part: Sequence[tuple[ua.NodeId, ua.AttributeIds]]) -> list[ua.DataValue]:
            request = ua.ReadRequest()
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.NodesToRead = [ua.ReadValueId(NodeId=node, AttributeId=what) for node, what in part]
            return list((await self.ask(request, ua.ReadResponse, doing)).Results)

        with told_by(self.settings.url, doing):
            return await self.ask_in_parts(nodes, ask, 500)


def lost(url: str, doing: str, error: BaseException, wait_s: float | None = None) -> SourceError:
    """In words, how a connection was lost or not made."""
    if isinstance(error, TimeoutError):
        waited = "" if wait_s is None else f" within {wait_s:g} s"
        return SourceError(
            f"{url}: no answer{waited} while {doing}",
            hint="see whether the server runs and the network lets it through",
        )
    if isinstance(error, ua.UaStatusCodeError):
        name = type(error).__name__
        return SourceError(f"{url}: {name} while {doing}", hint=_HINTS.get(name, "see the log of the server"))
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return SourceError(f"{url}: {told} while {doing}", hint="see whether the server runs at this address")


@contextmanager
def told_by(url: str, doing: str) -> Iterator[None]:
    """Turn a fault that the server tells into a SourceError."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        raise lost(url, doing, error) from error


@asynccontextmanager
async def open_session(settings: Settings, root: Path) -> AsyncIterator[Session]:
    """A session with a server, closed at the end whatever happens.

    Parameters
    ----------
    settings
        Of the server.
    root
        The plant folder, in which its files lie.

    Raises
    ------
    SourceError
        If it cannot be made.
    """
    client = Client(settings.url, timeout=settings.timeout_s, watchdog_intervall=_NO_WATCHDOG_S)
    client.application_uri, client.session_timeout, client.name = _APPLICATION, SESSION_MS, "Pilothouse"
    await _prepare(client, settings, root)
    transport: asyncio.Transport | None = None
    try:
        try:
            async with asyncio.timeout(4.0 * settings.timeout_s):
                await client.connect()
        except Exception as error:  # asyncua raises all kinds, the crypto below it too
            raise lost(settings.url, "connecting", error, settings.timeout_s) from error
        protocol = client.uaclient.protocol
        transport = None if protocol is None else protocol.transport
        session = Session(client, settings)
        read = await session.read(
            [(ua.NodeId(ua.ObjectIds.Server_NamespaceArray), ua.AttributeIds.Value)], "connecting"
        )
        names = read[0].Value.Value if read[0].Value is not None else None
        session.namespaces = tuple(str(name) for name in names or ())
        yield session
    finally:
        await _close(client, transport)


async def _close(client: Client, transport: asyncio.Transport | None) -> None:
    """Say goodbye if the other side still listens, then drop the socket and end asyncua's tasks."""
    try:
        if transport is not None and not transport.is_closing():
            with suppress(Exception):
                async with asyncio.timeout(_CLOSING_S):
                    await client.disconnect()
    finally:
        protocol = client.uaclient.protocol
        for one in (transport, None if protocol is None else protocol.transport):
            if one is not None:
                one.abort()  # close() would wait for bytes that a cut network never takes
        await asyncio.sleep(0)
        with suppress(Exception):
            async with asyncio.timeout(_CLOSING_S):
                await client.disconnect()  # on a dead socket: only its tasks end
        await asyncio.sleep(0)


async def _prepare(client: Client, settings: Settings, root: Path) -> None:
    """Load certificates and secrets; nothing is opened yet."""
    for name in settings.needed_files:
        if not (root / name).is_file():
            raise SourceError(f"{settings.url}: there is no file {name}", hint=f"put it at {root / name}")
    try:
        if settings.security != "none":
            certificate = _certificate(root / settings.certificate)
            client.application_uri = _application_of(certificate) or _APPLICATION
            await client.set_security(
                _POLICIES[settings.security],
                _content(root / settings.certificate),
                _content(root / settings.private_key),
                server_certificate=_content(root / settings.server_certificate),
                mode=_MODES[settings.mode],
            )
        if settings.user_certificate:
            key = _content(root / settings.user_private_key)
            client.user_certificate = _certificate(root / settings.user_certificate)
            client.user_private_key = await uacrypto.load_private_key(key.path_or_content, None, key.extension)
    except (ValueError, TypeError, OSError) as error:
        raise SourceError(
            f"{settings.url}: a certificate or key cannot be read: {error}",
            hint="give .der or .pem files, keys without a password",
        ) from error
    if settings.user:
        password = os.environ.get(settings.password_env)
        if password is None:
            raise SourceError(
                f"{settings.url}: the environment variable {settings.password_env} is not set",
                hint=f"set it to the password of {settings.user}",
            )
        client.set_user(settings.user)
        client.set_password(password)


def _content(path: Path) -> uacrypto.CertProperties:
    data = path.read_bytes()
    return uacrypto.CertProperties(data, "pem" if data.lstrip().startswith(b"-----BEGIN") else "der")


def _certificate(path: Path) -> x509.Certificate:
    content = _content(path)
    data = bytes(content.path_or_content)
    return x509.load_pem_x509_certificate(data) if content.extension == "pem" else x509.load_der_x509_certificate(data)


def _application_of(certificate: x509.Certificate) -> str | None:
    """The application URI a certificate was made for: servers refuse a client that calls itself otherwise."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return uris[0] if uris else None


_HINTS: Final = {
    "BadUserAccessDenied": "see whether the server knows this login and grants it reading",
    "BadIdentityTokenRejected": "see whether the server takes this kind of login, and what it holds",
    "BadIdentityTokenInvalid": "see whether the server takes this kind of login",
    "BadSecurityChecksFailed": "let the server trust the hub's certificate; compare server_certificate with its own",
    "BadCertificateUntrusted": "let the server trust the hub's certificate: move it from rejected to trusted there",
    "BadCertificateUriInvalid": "make a certificate whose application URI is the hub's",
    "BadCertificateTimeInvalid": "renew the certificate, and compare the clocks",
    "BadSecurityPolicyRejected": "choose a security policy that the server offers",
    "BadTooManySessions": "end other sessions, or let the server allow more",
}

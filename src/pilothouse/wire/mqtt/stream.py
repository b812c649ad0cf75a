"""The socket under a session: made without blocking, so that a cancelled try leaves nothing behind."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from pilothouse.errors import SourceError
from pilothouse.wire.mqtt.broker import Broker

_CHUNK: Final = 256 * 1024


class BufferedSocket:
    """A socket that is read and written in large pieces, for a client that asks for single bytes and packets.

    Parameters
    ----------
    sock
        A connected socket that does not block.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = memoryview(b"")
        self._unsent = bytearray()

    def recv(self, size: int, /) -> bytes:
        """What is there, at most so much; empty once the other end has closed."""
        if not self._buffer:
            self._buffer = memoryview(self._sock.recv(_CHUNK))
        taken, self._buffer = bytes(self._buffer[:size]), self._buffer[size:]
        return taken

    def pending(self) -> int:
        """How many bytes can be read although the system's socket may not say so."""
        return len(self._buffer) + (self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0)

    def send(self, data: bytes | bytearray, /) -> int:
        """Take over what is to be sent with the next :meth:`flush`."""
        self._unsent += data
        return len(data)

    def flush(self) -> bool:
        """Send what fits; whether that was all."""
        while self._unsent:
            try:
                del self._unsent[: self._sock.send(self._unsent)]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return False
        return True

    def fileno(self) -> int:
        """The system's number of it."""
        return self._sock.fileno()

    def setblocking(self, flag: bool, /) -> None:
        """Whether calls wait."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Send what fits, and close."""
        if self._sock.fileno() >= 0:
            with suppress(OSError):
                self.flush()
        self._sock.close()


async def open_stream(broker: Broker) -> BufferedSocket:
    """A connected socket, secured where the broker asks for it.

    Raises
    ------
    SourceError
        If nobody answers there in time, or not the one that was expected.
    """
    context = broker.tls.context() if broker.tls is not None else None
    try:
        async with asyncio.timeout(broker.timeout_s):
            sock = await _connect(broker)
            try:
                if context is not None:
                    sock = context.wrap_socket(sock, server_hostname=broker.host, do_handshake_on_connect=False)
                    await _shake_hands(sock)
            except BaseException:
                sock.close()
                raise
    except TimeoutError as error:
        raise SourceError(
            f"broker {broker.name}: expected an answer within {broker.timeout_s:g} s, got none",
            hint="see that it runs, and that no firewall stands between",
        ) from error
    except (OSError, UnicodeError) as error:  # a host name that is none is a UnicodeError
        raise SourceError(
            f"broker {broker.name}: expected a connection, got {error}",
            hint="see that it runs there, and for TLS that ca, certificate and host belong together",
        ) from error
    return BufferedSocket(sock)


async def _connect(broker: Broker) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure or OSError("no address")


async def _shake_hands(sock: ssl.SSLSocket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await _until(sock, loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _until(sock, loop.add_writer, loop.remove_writer)
        else:
            return


async def _until(sock: ssl.SSLSocket, add: Callable[..., None], remove: Callable[[ssl.SSLSocket], bool]) -> None:
    """Wait until the socket can go on."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    add(sock, tell)
    try:
        await ready
    finally:
        remove(sock)

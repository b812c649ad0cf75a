"""The messages between a hub and its workers."""

from io import BytesIO

import pytest

from pilothouse.compute.worker import in_words, receive, send
from pilothouse.errors import NotFittedError


def test_messages_come_as_they_were_sent():
    stream = BytesIO()
    for content in (b"", b"one", b"x" * 100_000):
        send(stream, content)
    stream.seek(0)
    assert [receive(stream) for _ in range(3)] == [b"", b"one", b"x" * 100_000]
    with pytest.raises(EOFError):
        receive(stream)


def test_a_message_that_is_cut_is_none():
    with pytest.raises(EOFError):
        receive(BytesIO(b"\x05\x00\x00\x00\x00\x00\x00\x00abc"))


def test_errors_in_words():
    assert in_words(ValueError()) == "ValueError"
    assert in_words(RuntimeError("no")) == "RuntimeError: no"
    assert in_words(NotFittedError("too few", hint="wait")) == "too few. Wait."

"""JSON documents: the value at a pointer, when it was so and how good it is, as the document's own keys tell."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pilothouse.clock import parse_instant
from pilothouse.errors import DataError
from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN

TIME_FORMATS: Final = {"iso": 0, "epoch_s": 10**9, "epoch_ms": 10**6, "epoch_us": 10**3, "epoch_ns": 1}
"""How instants are written, with the nanoseconds of one step."""

CODES: Final = ("opc_da", "opc_ua")
"""Which numbers say how good a value is: 192 and up is good, or the status codes of OPC UA."""

_WORDS: Final = {"good": GOOD, "ok": GOOD, "uncertain": UNCERTAIN, "bad": BAD, "stale": BAD}
_LARGEST_NS: Final = 2**63 - 1
ABSENT: Final = object()
"""What stands where a document has nothing."""


class MalformedError(ValueError):
    """A document, or a value in it, that cannot be read; becomes a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which keys of a document say what.

    Parameters
    ----------
    value
        Where the pointer leads to an object, the key of its value.
    time, quality
        Keys looked for beside the value, then outwards; empty where there is none.
    time_format
        One of :data:`TIME_FORMATS`.
    time_zone
        Of instants without offset.
    codes
        One of :data:`CODES`.
    """

    value: str = "value"
    time: str = "timestamp"
    quality: str = "quality"
    time_format: str = "iso"
    time_zone: str = "UTC"
    codes: str = "opc_da"


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a pointer.

    Parameters
    ----------
    value
        A number, a text, or None.
    at_ns
        When it was so; None where the document does not say.
    status
        As in :mod:`pilothouse.plant.frame`.
    """

    value: float | str | None
    at_ns: int | None
    status: int


def read_document(payload: bytes) -> object:
    """The document of a payload.

    Raises
    ------
    MalformedError
        If it is no JSON.
    """
    try:
        document: object = json.loads(payload)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise MalformedError(str(error)) from error
    return document


def look_up(document: object, pointer: Sequence[str], shape: Shape) -> Found | None:
    """What stands at a pointer; None where the document says nothing there.

    Raises
    ------
    MalformedError
        If what stands there is no value, or its time is none.

    Examples
    --------
    >>> document = {"timestamp": "1970-01-01T00:00:01Z", "speed": {"value": 2.5, "quality": 64}}
    >>> look_up(document, ["speed"], Shape())
    Found(value=2.5, at_ns=1000000000, status=1)
    """
    around = [document]
    for step in pointer:
        document = _step(document, step)
        if document is ABSENT:
            return None
        around.append(document)
    if isinstance(document, dict):
        document = document.get(shape.value, ABSENT)
        if document is ABSENT:
            return None
    return Found(_value(document), _time(around, shape), _quality(around, shape))


def _step(document: object, step: str) -> object:
    if isinstance(document, dict):
        return document.get(step, ABSENT)
    if isinstance(document, list) and step.isascii() and step.isdigit() and len(step) < 10:
        return document[int(step)] if int(step) < len(document) else ABSENT
    return ABSENT


def _value(found: object) -> float | str | None:
    if found is None or isinstance(found, str):
        return found
    if isinstance(found, int | float):
        try:
            return float(found)
        except OverflowError as error:
            raise MalformedError("a number too large") from error
    raise MalformedError(f"expected a number or a text, got {type(found).__name__}")


def _nearest(around: Sequence[object], key: str) -> object:
    """What stands under a key, in the innermost object that has it."""
    if key:
        for level in reversed(around):
            if isinstance(level, dict) and key in level:
                return level[key]
    return ABSENT


def _time(around: Sequence[object], shape: Shape) -> int | None:
    told = _nearest(around, shape.time)
    if told is ABSENT or told is None:
        return None
    step_ns = TIME_FORMATS[shape.time_format]
    try:
        if not step_ns:
            if not isinstance(told, str):
                raise MalformedError(f"expected an instant of ISO 8601, got {told!r:.40}")
            return parse_instant(told, shape.time_zone)
        if isinstance(told, str):
            told = float(told)
        if isinstance(told, bool) or not isinstance(told, int | float):
            raise MalformedError(f"expected a time since 1970, got {told!r:.40}")
        at_ns = told * step_ns if isinstance(told, int) else round(told * step_ns)
    except (DataError, ValueError, OverflowError) as error:
        raise MalformedError(str(error)) from error
    if not 0 < at_ns <= _LARGEST_NS:
        raise MalformedError("a time that 64 bits of nanoseconds do not hold")
    return at_ns


def _quality(around: Sequence[object], shape: Shape) -> int:
    told = _nearest(around, shape.quality)
    if told is ABSENT:
        return GOOD
    if isinstance(told, bool):
        return GOOD if told else BAD
    if isinstance(told, str):
        return _WORDS.get(told.casefold(), UNCERTAIN)
    if isinstance(told, int):
        if shape.codes == "opc_ua":  # the two highest of 32 bits
            return {0: GOOD, 1: UNCERTAIN}.get((told >> 30) & 3, BAD)
        return GOOD if 192 <= told < 256 else UNCERTAIN if 64 <= told < 192 else BAD
    return BAD if told is None else UNCERTAIN

"""Addresses of plain MQTT: a topic, and where in its JSON document the value stands: ``topic#/json/pointer``.

A topic holds no ``#`` but as a wildcard, and an address names one topic, so the first ``#`` parts the two. The pointer
is that of RFC 6901: ``/values/3/speed``, with ``~1`` for a slash inside a name and ``~0`` for a tilde. Without a
pointer the whole document is the value.
"""

from dataclasses import dataclass

from pilothouse.errors import ConfigError


@dataclass(frozen=True, slots=True)
class JsonAddress:
    """One address.

    Parameters
    ----------
    topic
        Without wildcards.
    pointer
        The steps from the whole document to the value.
    """

    topic: str
    pointer: tuple[str, ...]

    @staticmethod
    def read(text: str) -> "JsonAddress":
        """The address of a text.

        Raises
        ------
        ConfigError
            If it is none.

        Examples
        --------
        >>> JsonAddress.read("mill/line-1#/speed/act")
        JsonAddress(topic='mill/line-1', pointer=('speed', 'act'))
        >>> JsonAddress.read("mill/temperature")
        JsonAddress(topic='mill/temperature', pointer=())
        """
        topic, mark, pointer = text.partition("#")
        if not topic or "+" in topic or "\0" in topic:
            raise ConfigError(
                f"address {text!r}: expected topic#/json/pointer, got {'no' if not topic else 'more than one'} topic",
                hint="name one topic for each parameter; wildcards belong to topics = [...] of the connection",
            )
        if mark and pointer and not pointer.startswith("/"):
            raise ConfigError(
                f"address {text!r}: expected a pointer that begins with /, got {pointer!r}",
                hint="write topic#/name, or topic#/outer/inner",
            )
        steps = pointer.split("/")[1:]
        return JsonAddress(topic, tuple(step.replace("~1", "/").replace("~0", "~") for step in steps))

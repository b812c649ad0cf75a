"""Keys of things declared: well formed, and each given once."""

from typing import Final

from pilothouse.plant.table import Table

_ALLOWED: Final = "letters, digits, '_', '-' and '.'"


def is_key(text: str) -> bool:
    """Whether a text can be a key: letters, digits, ``_``, ``-`` and ``.``.

    Examples
    --------
    >>> is_key("lf1"), is_key("ladle furnace"), is_key("")
    (True, False, False)
    """
    return bool(text) and all(c.isalnum() or c in "_-." for c in text)


class Keys:
    """The keys met so far of one kind of thing.

    Parameters
    ----------
    thing
        What they are keys of, in one word.
    """

    def __init__(self, thing: str) -> None:
        self.thing = thing
        self._lines: dict[str, int] = {}

    def read(self, table: Table) -> str:
        """The key of a table; a malformed one and one that was met before are faults. Placeholder: the empty text."""
        key = table.text("key")
        if not key:
            return ""
        if not is_key(key):
            table.fault(f"the key {key!r} is not made of {_ALLOWED}", "write the rest into the name", at="key")
            return ""
        if key in self._lines:
            remedy = f"give each {self.thing} a key of its own, or remove one"
            table.fault(f"the key {key!r} stands on line {self._lines[key]} already", remedy, at="key")
        self._lines.setdefault(key, table.line("key"))
        return key

"""Where in a TOML text each key stands, which the standard library's parser does not tell.

The text must be valid TOML (parse it with :mod:`tomllib` first): this walk only follows the grammar of
https://toml.io/en/v1.0.0 far enough to count lines, and never judges.
"""

import tomllib
from typing import Final, TypeAlias

TomlPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and, inside arrays, positions counted from 0."""

_BLANK: Final = " \t"
_BARE_KEY_ENDS: Final = " \t\n.=]\"'"
_BARE_VALUE_ENDS: Final = ",]}\n#"


def line_index(text: str) -> dict[TomlPath, int]:
    r"""The line, counted from 1, of every table, key and array item.

    Parameters
    ----------
    text
        Valid TOML.

    Returns
    -------
    dict
        By path: keys and, inside arrays, positions counted from 0. A table stands where its header does, or
        where its first key does if it has none.

    Examples
    --------
    >>> index = line_index('[plant]\nkey = "lf"\n\n[[kpi]]\nunits = [\n  "K",\n  "%",\n]')
    >>> index["plant", "key"], index["kpi", 0], index["kpi", 0, "units", 1]
    (2, 4, 7)
    """
    return _Walk(text.replace("\r\n", "\n")).run()


class _Walk:
    """One pass over a text; ``at`` is the place reached."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[TomlPath, int] = {}
        self.lengths: dict[TomlPath, int] = {}

    def run(self) -> dict[TomlPath, int]:
        """Walk statement by statement: a header opens a table, anything else is a key with its value."""
        table: TomlPath = ()
        while self._skip_to_next():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _header(self) -> TomlPath:
        is_array = self.text.startswith("[[", self.at)
        self._step(2 if is_array else 1)
        parts = self._dotted()
        self._step(2 if is_array else 1)
        path = (*self._inside(parts[:-1]), parts[-1])
        if is_array:
            self._note(path)
            position = self.lengths.get(path, 0)
            self.lengths[path] = position + 1
            path = (*path, position)
        self.lines[path] = self.line
        return path

    def _inside(self, parts: list[str]) -> TomlPath:
        """The path of a header's leading parts: an array of tables is meant by its last table."""
        path: TomlPath = ()
        for part in parts:
            path = (*path, part)
            self._note(path)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def _pair(self, table: TomlPath) -> None:
        path = table
        for part in self._dotted():
            path = (*path, part)
            self._note(path)
        self._step(1)  # the equals sign
        self._value(path)

    def _value(self, path: TomlPath) -> None:
        self._skip(_BLANK)
        first = self._peek()
        if first == "{":
            self._step(1)
            while self._skip_to_next(",") and self._peek() != "}":
                self._pair(path)
            self._step(1)
        elif first == "[":
            self._step(1)
            position = 0
            while self._skip_to_next(",") and self._peek() != "]":
                self._note((*path, position))
                self._value((*path, position))
                position += 1
            self._step(1)
        elif first in "\"'":
            self._string()
        else:
            while self._peek() and self._peek() not in _BARE_VALUE_ENDS:
                self._step(1)

    def _dotted(self) -> list[str]:
        """A key with its dots, and the blanks around it."""
        parts = [self._key()]
        while self._peek() == ".":
            self._step(1)
            parts.append(self._key())
        return parts

    def _key(self) -> str:
        self._skip(_BLANK)
        start = self.at
        if self._peek() in "\"'":
            self._string()
            key: str = tomllib.loads("key=" + self.text[start : self.at])["key"]
        else:
            while self._peek() not in _BARE_KEY_ENDS:
                self._step(1)
            key = self.text[start : self.at]
        self._skip(_BLANK)
        return key

    def _string(self) -> None:
        quote = self._peek()
        end = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self._step(len(end))
        while not self.text.startswith(end, self.at):
            self._step(2 if quote == '"' and self._peek() == "\\" else 1)
        self._step(len(end))
        while len(end) == 3 and self._peek() == quote:  # up to two more quotes belong to the string
            self._step(1)

    def _skip_to_next(self, also: str = "") -> bool:
        """Over blanks, line ends and comments; whether anything follows."""
        while self._skip(_BLANK + "\n" + also) == "#":
            while self._peek() not in ("\n", ""):
                self._step(1)
        return bool(self._peek())

    def _skip(self, among: str) -> str:
        while self._peek() and self._peek() in among:
            self._step(1)
        return self._peek()

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _step(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def _note(self, path: TomlPath) -> None:
        self.lines.setdefault(path, self.line)

"""Header patterns: ``Bulk {n}`` stands for every column whose name fits.

``{n}`` stands for a whole number, any other name in braces for any text. A brace that is meant is written twice.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Expected:
    """The headers that are looked for in a file: some by name, some by pattern.

    Examples
    --------
    >>> expected = Expected.of(["key", "Bulk {n}"])
    >>> "Bulk 7" in expected, "Bulk x" in expected, expected.found_in(["key", "Bulk 1", "Bulk 2"])
    (True, False, 2)
    """

    written: tuple[str, ...]
    names: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    @staticmethod
    def of(headers: Iterable[str]) -> "Expected":
        """Each header once; those with braces are patterns."""
        written = tuple(dict.fromkeys(headers))
        names = frozenset(header for header in written if "{" not in header and "}" not in header)
        return Expected(written, names, tuple(regex_of(header) for header in written if header not in names))

    def __contains__(self, header: str) -> bool:
        """Whether a file's header is one of them."""
        return header in self.names or any(pattern.fullmatch(header) for pattern in self.patterns)

    def found_in(self, headers: Iterable[str]) -> int:
        """How many of them a file's headers answer."""
        there = set(headers)
        by_pattern = sum(any(pattern.fullmatch(header) for header in there) for pattern in self.patterns)
        return len(self.names & there) + by_pattern

    def spoken_in(self, text: str) -> int:
        """How many of them can be read somewhere in a text."""
        return sum(name in text for name in self.names) + sum(bool(p.search(text)) for p in self.patterns)


def placeholders(pattern: str) -> tuple[str, ...]:
    """The names in braces, in their order.

    Raises
    ------
    ValueError
        If a brace is not closed, not opened, or holds no name; or if a name stands twice.

    Examples
    --------
    >>> placeholders("Bulk {n} of {batch}"), placeholders("Bulk {{1}}")
    (('n', 'batch'), ())
    """
    names = []
    for token in _TOKEN.finditer(pattern):
        if token[0] in ("{{", "}}"):
            continue
        name = token[1]
        if name is None or not name.isidentifier():
            raise ValueError(f"{pattern!r}: {token[0]!r} is not a placeholder such as {{n}}")
        if name in names:
            raise ValueError(f"{pattern!r}: {{{name}}} stands twice")
        names.append(name)
    return tuple(names)


def regex_of(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern, one named group for each placeholder.

    Examples
    --------
    >>> found = regex_of("Bulk {n}").fullmatch("Bulk 12")
    >>> found.groupdict() if found else None
    {'n': '12'}
    """
    parts = []
    at = 0
    for token in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[at : token.start()]))
        at = token.end()
        if token[1] is None:
            parts.append(re.escape(token[0][0]))
        else:
            parts.append(f"(?P<{token[1]}>{r'[0-9]+' if token[1] == 'n' else r'.+?'})")
    return re.compile("".join([*parts, re.escape(pattern[at:])]))


def fill(pattern: str, found: Mapping[str, str]) -> str:
    """The pattern with its placeholders replaced.

    Examples
    --------
    >>> fill("bulk_{n}", {"n": "12"})
    'bulk_12'
    """
    return _TOKEN.sub(lambda token: token[0][0] if token[1] is None else found[token[1]], pattern)


def tidy(header: str) -> str:
    r"""A header as it is compared: one form of each letter, single blanks, no line ends or marks that print nothing.

    Examples
    --------
    >>> tidy("\ufeff Temp.\n [°C] ")
    'Temp. [°C]'
    """
    visible = "".join(c for c in header if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return unicodedata.normalize("NFC", " ".join(visible.split()))

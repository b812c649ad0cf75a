"""Which names tables speak of, where the list that should declare them cannot be read in full."""

import re
from collections.abc import Collection, Iterator, Mapping


def names_in(content: Mapping[str, object], tables: Collection[str]) -> tuple[str, ...]:
    """Everything in these top-level tables that may be meant as a key, in the order of the file.

    A text may be a key itself, begin with one (``energy.sum.ahead``), or be a pattern of keys (``bulk_{n}``), which
    then stands for ``bulk_1``.

    Parameters
    ----------
    content
        Of a declaration.
    tables
        Names of its top-level tables.

    Examples
    --------
    >>> names_in({"scenario": [{"result": "temp"}], "kiln": {"of": ["bulk_{n}", "gas.sum"]}}, ["kiln"])
    ('bulk_{n}', 'bulk_1', 'gas', 'gas.sum')
    """
    texts = (text for table in tables for text in _texts(content.get(table)))
    return tuple(dict.fromkeys(name for text in texts for name in _names(text)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | Mapping):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _names(text: str) -> Iterator[str]:
    for form in dict.fromkeys((text, re.sub(r"\{\w+\}", "1", text))):
        steps = form.split(".")
        yield from (".".join(steps[:count]) for count in range(1, len(steps) + 1))

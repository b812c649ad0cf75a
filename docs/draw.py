"""Draw what the pages say of the code from the code itself: `python docs/draw.py`.

A page says `<!-- drawn: name -->` and `<!-- drawn: end -->`; what stands between is replaced. A test fails where a
page is out of date, so neither the picture of the house nor the list of commands can flatter.
"""

import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import get_args, get_origin

import typer

from pilothouse import errors
from pilothouse.cli import app
from pilothouse.units import KINDS

DOCS = Path(__file__).parent
WIDTH = 98


def redrawn(page: str) -> str:
    """The page with everything drawn anew."""
    mark = r"(<!-- drawn: (\w+) -->\n).*?(<!-- drawn: end -->)"
    return re.sub(mark, lambda m: f"{m[1]}\n{DRAWINGS[m[2]]()}\n{m[3]}", page, flags=re.DOTALL)


def pages() -> list[Path]:
    """The pages on which something is drawn."""
    return [page for page in sorted(DOCS.rglob("*.md")) if "<!-- drawn: " in page.read_text(encoding="utf-8")]


def house() -> str:
    """The floors and walls that the import contracts enforce."""
    pyproject = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    return "\n".join(line for contract in contracts for line in _CONTRACTS[contract["type"]](contract))


def units() -> str:
    """Kinds of quantities and their units."""
    rows = (f"| `{kind}` | {', '.join(f'`{unit}`' for unit in known)} |" for kind, known in KINDS.items())
    return "\n".join(["| kind | units |", "|---|---|", *rows, ""])


def error_tree() -> str:
    """Every error with its code, exit code and meaning."""
    classes = [
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, errors.PilothouseError) and one.__module__ == errors.__name__
    ]
    classes.sort(key=lambda one: (one.exit_code, one.code.count("."), inspect.getsourcelines(one)[1]))
    rows = (
        f"| `{one.__name__}` | `{one.code}` | {one.exit_code} | {(inspect.getdoc(one) or '').splitlines()[0]} |"
        for one in classes
    )
    return "\n".join(["| error | code | exit | what it says |", "|---|---|---|---|", *rows, ""])


def commands() -> str:
    """Every command with its arguments, options and example."""
    lines: list[str] = []
    for name, function in walk(app):
        said, _, example = inspect.cleandoc(function.__doc__ or "").partition("Example: ")
        asked = [Asked.of(parameter) for parameter in inspect.signature(function, eval_str=True).parameters.values()]
        arguments = [one for one in asked if not one.name.startswith("--")]
        words = [one.name if one.default == "needed" else f"[{one.name}]" for one in arguments]
        usage = " ".join([f"pilothouse {name}", *words, "[OPTIONS]"]).replace("\\|", "|")
        lines += [f"### {name}", "", said.strip(), "", "```text", usage, "```", ""]
        lines += ["| argument or option | type | default | meaning |", "|---|---|---|---|"]
        lines += [f"| `{one.name}` | {one.type} | {one.default} | {one.help} |" for one in asked]
        lines += ["", f"Example: `{example.strip()}`", ""]
    return "\n".join(lines)


def walk(group: typer.Typer, way: tuple[str, ...] = ()) -> Iterator[tuple[str, Callable[..., object]]]:
    """The commands of an app, each with the words that call it."""
    for command in group.registered_commands:
        if command.callback is not None:
            yield " ".join([*way, command.name or command.callback.__name__]), command.callback
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from walk(inner.typer_instance, (*way, str(inner.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One argument or option, in words."""

    name: str
    type: str
    default: str
    help: str

    @staticmethod
    def of(parameter: inspect.Parameter) -> "Asked":
        """Of a command's function; what typer knows of it stands in its annotation."""
        kind, info = get_args(parameter.annotation)[:2]
        is_option = isinstance(info, typer.models.OptionInfo)
        declared = (info.default, *(info.param_decls or ()))  # in an annotation the first name stands as default
        names = [text for text in declared if isinstance(text, str) and text.startswith("--")]
        name = names[0] if is_option else info.metavar or parameter.name.upper()
        default = parameter.default
        told = "" if default is None or default is False or default == "" else f"`{default}`"
        return Asked(
            name=name.replace("|", "\\|"),
            type=_type_words(kind, info.min, info.max),
            default="needed" if default is inspect.Parameter.empty else told,
            help=(info.help or "").replace("|", "\\|"),
        )


def _type_words(kind: object, least: float | None, most: float | None) -> str:
    inner = [one for one in get_args(kind) if one is not type(None)]
    if inner:
        one = _type_words(inner[0], least, most)
        return one if get_origin(kind) is not list else f"{one}, repeatable"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in kind)
    word = {bool: "flag", int: "whole number", float: "number", Path: "path", str: "text"}[kind]
    if least is not None and most is not None:
        return f"{word}, {least:g} to {most:g}"
    return word if least is None else f"{word}, at least {least:g}"


def _floors(contract: dict[str, list[str]]) -> list[str]:
    """One box a floor; rooms on a floor are parted by walls."""
    lines = ["```text", "+" + "-" * WIDTH + "+"]
    for floor in contract["layers"]:
        names = [room.strip().removeprefix("pilothouse.") for room in floor.split("|")]
        size, more = divmod(WIDTH - (len(names) - 1), len(names))
        cells = [name.center(size + (k < more)) for k, name in enumerate(names)]
        lines += ["|" + "|".join(cells) + "|", "+" + "-" * WIDTH + "+"]
    return [f"**{contract['name']}**", "", *lines, "```", ""]


def _independent(contract: dict[str, list[str]]) -> list[str]:
    return [f"- **{contract['name']}**: {_named(contract['modules'])}.", ""]


def _forbidden(contract: dict[str, list[str]]) -> list[str]:
    sources, targets = _named(contract["source_modules"]), _named(contract["forbidden_modules"])
    return [f"- **{contract['name']}**: no import of {targets} in {sources}.", ""]


def _named(modules: list[str]) -> str:
    return ", ".join(f"`{module}`" for module in modules)


_CONTRACTS: dict[str, Callable[[dict[str, list[str]]], list[str]]] = {
    "layers": _floors,
    "independence": _independent,
    "forbidden": _forbidden,
}

DRAWINGS: dict[str, Callable[[], str]] = {
    "house": house,
    "units": units,
    "errors": error_tree,
    "commands": commands,
}


if __name__ == "__main__":
    for page in pages():
        page.write_text(redrawn(page.read_text(encoding="utf-8")), encoding="utf-8")

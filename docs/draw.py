"""Draw what the pages say of the code from the code itself: `python docs/draw.py`.

A page says `<!-- drawn: name -->` and `<!-- drawn: end -->`; what stands between is replaced. A test fails where a
page is out of date, so neither the picture of the house nor the list of commands can flatter.
"""

import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
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
    for name, command in walk(typer.main.get_command(app), ()):
        help_text = inspect.cleandoc(command.help or "")
        said, _, example = help_text.partition("Example: ")
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        options = [p for p in command.params if isinstance(p, click.Option) and p.name != "help"]
        usage = " ".join([f"pilothouse {name}", *(_metavar(p) for p in arguments), "[OPTIONS]"])
        lines += [f"### {name}", "", said.strip(), "", "```text", usage, "```", ""]
        lines += ["| | type | default | meaning |", "|---|---|---|---|"]
        lines += [f"| `{_metavar(p)}` | {_type(p)} | needed | {_help(p)} |" for p in arguments if p.required]
        lines += [f"| `{_metavar(p)}` | {_type(p)} | all | {_help(p)} |" for p in arguments if not p.required]
        lines += [f"| `{p.opts[0]}` | {_type(p)} | {_default(p)} | {_help(p)} |" for p in options]
        lines += ["", f"Example: `{example.strip()}`", ""]
    return "\n".join(lines)


def walk(command: click.Command, way: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """The commands under a group, each with the words that call it."""
    inside = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(way), command
        return
    for name, one in inside.items():
        yield from walk(one, (*way, name))


def _metavar(parameter: click.Parameter) -> str:
    given = getattr(parameter, "metavar", None)
    return str(given or (parameter.name or "").upper())


def _help(parameter: click.Parameter) -> str:
    return str(getattr(parameter, "help", "") or "").replace("|", "\\|")


def _type(parameter: click.Parameter) -> str:
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return ", ".join(f"`{choice if isinstance(choice, str) else choice.value}`" for choice in kind.choices)
    if getattr(parameter, "is_flag", False):
        return "flag"
    words = {"float range": "number", "float": "number", "integer range": "whole number", "integer": "whole number"}
    word = words.get(kind.name, kind.name)
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if least is not None and most is not None:
        word = f"{word}, {least:g} to {most:g}"
    elif least is not None:
        word = f"{word}, at least {least:g}"
    return f"{word}, repeatable" if getattr(parameter, "multiple", False) else word


def _default(parameter: click.Parameter) -> str:
    if parameter.required:
        return "needed"
    default = parameter.default
    if default is None or default is False or default == "":
        return ""
    return f"`{default}`"


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

"""Every command line that a page prints is one that exists, with options that exist."""

import inspect
import re
import shlex


def command_lines(text):
    """The `pilothouse` calls of a block for the shell, as words."""
    for line in text.splitlines():
        for part in line.split("&&"):
            words = shlex.split(part, comments=True)
            if words and words[0].removeprefix(".venv/bin/") == "pilothouse":
                yield words[1:]


def test_every_printed_command_exists(page, blocks, draw):
    functions = dict(draw.walk(draw.app))
    for text in blocks(page, "sh"):
        for words in command_lines(text):
            name = next((n for n in functions if words[: len(n.split())] == n.split()), None)
            assert name is not None, f"pilothouse {' '.join(words)}"
            asked = [draw.Asked.of(p) for p in inspect.signature(functions[name], eval_str=True).parameters.values()]
            known = {one.name: one.type != "flag" for one in asked if one.name.startswith("--")}
            given = iter(words[len(name.split()) :])
            arguments = 0
            for word in given:
                if word.startswith("--"):
                    assert word in known, f"pilothouse {name} has no {word}"
                    if known[word]:
                        next(given)
                else:
                    arguments += 1
            needed = [one for one in asked if not one.name.startswith("--") and one.default == "needed"]
            may = [one for one in asked if not one.name.startswith("--")]
            assert len(needed) <= arguments <= len(may), f"pilothouse {' '.join(words)}"


def test_every_command_is_shown_on_a_page_for_people(all_pages, blocks, draw):
    shown = {" ".join(words) for page in all_pages for text in blocks(page, "sh") for words in command_lines(text)}
    for name, _ in draw.walk(draw.app):
        assert any(line == name or line.startswith(name + " ") for line in shown), name


def test_inline_commands_exist(page, draw):
    functions = {n.split()[0] for n, _ in draw.walk(draw.app)}
    for verb in re.findall(r"`pilothouse (\w+)", page.read_text(encoding="utf-8")):
        assert verb in functions, verb

"""The mechanism of a plant folder: what it must give, and what is said where it does not."""

import numpy as np
import pytest

from pilothouse.errors import ConfigError
from pilothouse.packs.declared.mechanism import load_mechanism

FEATURES = {"energy": np.array([1.0, 2.0, 3.0]), "minutes": np.array([10.0, 0.0, 5.0])}


@pytest.fixture
def write(tmp_path):
    def written(text):
        file = tmp_path / "balance.py"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return written


def body(text):
    return f"import numpy as np\n\n\ndef mechanism(row):\n    {text}\n"


def test_named_terms(write):
    mechanism = load_mechanism(write(body('return {"heat": row["energy"] ** 2, "loss": np.sqrt(row["minutes"])}')))
    names, terms = mechanism(FEATURES)
    assert names == ("heat", "loss")
    assert terms == pytest.approx(np.column_stack([FEATURES["energy"] ** 2, np.sqrt(FEATURES["minutes"])]))


def test_its_text_is_its_digest(write):
    one = load_mechanism(write(body('return {"a": row["energy"]}'))).digest
    assert one == load_mechanism(write(body('return {"a": row["energy"]}'))).digest
    assert one != load_mechanism(write(body('return {"a": row["energy"] }'))).digest


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("x = 1\n", "the file has no function `mechanism`", None),
        ("mechanism = 3\n", "the file has no function `mechanism`", None),
        ("def mechanism(row)\n    return {}\n", "not usable Python: SyntaxError: expected ':'", "1"),
        ("import math\nx = 1 / 0\n", "not usable Python: ZeroDivisionError: division by zero", "2"),
        ("\n\nimport no_such_module_here\n", "not usable Python: ModuleNotFoundError", "3"),
        ("import sys\nsys.exit(3)\n", "not usable Python: SystemExit: 3", "2"),
        (b"# caf\xe9\ndef mechanism(row):\n    return {}\n", "not usable Python: UnicodeDecodeError", "1"),
        (b"x = '\x00'\n", "not usable Python", None),
    ],
)
def test_a_file_that_cannot_be_used(write, text, said, line):
    file = write(text)
    with pytest.raises(ConfigError) as raised:
        load_mechanism(file)
    assert said in raised.value.message
    assert raised.value.context["file"] == str(file)
    assert raised.value.hint
    assert line is None or raised.value.context["line"] == line


@pytest.mark.parametrize("name", ["missing.py", "."])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(ConfigError, match="the mechanism's file is missing") as raised:
        load_mechanism(tmp_path / name)
    assert raised.value.hint == "create it, or remove `mechanism`"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('return {"heat": row["enrgy"]}', "the mechanism failed: KeyError: 'enrgy'"),
        ("raise RuntimeError('no')", "the mechanism failed: RuntimeError: no"),
        ("return None", "the mechanism failed: AttributeError"),
        ('return {"heat": "hot"}', "the mechanism failed: ValueError"),
        ("return {}", "expected at least one, each of shape (3,), got none"),
        ('return {"heat": 1.0}', "expected at least one, each of shape (3,), got heat ()"),
        ('return {"a": row["energy"], "b": row["energy"][:2]}', "each of shape (3,), got b (2,)"),
        ('return {"a": row["energy"][:2], "b": row["energy"][:2]}', "each of shape (3,), got a (2,), b (2,)"),
        ('return {"a": np.ones((3, 2))}', "each of shape (3,), got a (3, 2)"),
        ('return {"a": row["energy"], "b": row["energy"] * np.inf}', "terms b are not finite numbers"),
        ('return {"a": np.where(row["minutes"] > 0, row["energy"], np.nan)}', "terms a are not finite numbers"),
    ],
)
def test_a_function_that_gives_something_else(write, text, said):
    mechanism = load_mechanism(write(body(text)))
    with pytest.raises(ConfigError) as raised:
        mechanism(FEATURES)
    assert said in raised.value.message
    assert raised.value.context["file"].endswith("balance.py")
    assert raised.value.hint


def test_the_line_that_failed_is_named(write):
    mechanism = load_mechanism(write(body('x = 1\n    return {"heat": row["enrgy"]}')))
    with pytest.raises(ConfigError) as raised:
        mechanism(FEATURES)
    assert raised.value.context["line"] == "6"

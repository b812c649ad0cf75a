"""The head of a saved model."""

from dataclasses import dataclass

import pytest

from pilothouse.decision.model_head import FIELDS, load_head, save_head
from pilothouse.errors import SchemaDriftError


@dataclass
class Model:
    scenario: str = "s"
    version: str = "abc"
    declared: str = "def"
    as_of_ns: int = 7
    pieces: int = 40


def test_it_comes_back_as_it_was_saved(tmp_path):
    save_head(tmp_path, 3, Model(), {"levers": ["a"], "usual": {"a": 1.5}})
    head, own = load_head(tmp_path, 3)
    assert head == {"scenario": "s", "version": "abc", "declared": "def", "as_of_ns": 7, "pieces": 40}
    assert tuple(head) == FIELDS
    assert own == {"levers": ["a"], "usual": {"a": 1.5}}


def test_another_layout_is_refused_with_a_remedy(tmp_path):
    save_head(tmp_path, 2, Model(), {})
    with pytest.raises(SchemaDriftError, match="expected schema 3, got 2") as refused:
        load_head(tmp_path, 3)
    assert refused.value.hint == "learn again, or upgrade pilothouse"


def test_what_is_no_number_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        save_head(tmp_path, 1, Model(), {"spread": float("nan")})
    assert not (tmp_path / "model.json").exists()

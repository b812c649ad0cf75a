"""Packs are found by entry point, and one that cannot be used is told."""

from importlib.metadata import EntryPoint

import pytest

from pilothouse.decision import pack
from pilothouse.decision.pack import find_packs
from pilothouse.errors import DuplicateKeyError, NotConformingError


@pytest.fixture
def install(monkeypatch):
    def points(*named):
        found = [EntryPoint(name=name, value=value, group=pack.GROUP) for name, value in named]
        monkeypatch.setattr(pack, "entry_points", lambda group: [p for p in found if p.group == group])

    return points


DECLARED = "pilothouse.packs.declared:pack"


def test_packs_are_found(install):
    install(("declared", DECLARED))
    assert [found.key for found in find_packs()] == ["declared"]


@pytest.mark.parametrize("value", ["no_such_module_here:pack", "pilothouse.packs.declared:no_such_name"])
def test_a_pack_that_cannot_be_loaded_is_named(install, value):
    install(("declared", DECLARED), ("broken", value))
    with pytest.raises(NotConformingError, match="pack 'broken'"):
        find_packs()


def test_what_is_no_pack_says_what_it_lacks(install):
    install(("pi", "math:pi"))
    with pytest.raises(NotConformingError, match=r"pack 'pi' \(math:pi\) has no key"):
        find_packs()


def test_a_key_claimed_twice_is_refused(install):
    install(("declared", DECLARED), ("other", DECLARED))
    with pytest.raises(DuplicateKeyError, match="two packs claim the key 'declared'"):
        find_packs()


def test_no_pack_at_all_is_no_error(install):
    install()
    assert find_packs() == ()

"""A plant of a family as a workspace."""

import pytest

from pilothouse.errors import ConfigError
from pilothouse.hub.proving_ground import FILES, family, raise_plant
from pilothouse.hub.workspace import open_workspace


@pytest.fixture
def raised(tmp_path):
    def make(name, **more):
        given = {"seed": 3, "plant_variation": 0, "practice": "", "pieces": 30, **more}
        return raise_plant(family("ladle-furnace"), tmp_path / name, **given), tmp_path / name

    return make


def files_of(root):
    return {path.name: path.read_bytes() for path in sorted((root / FILES).iterdir())}


def test_folder_files_and_figures(raised):
    figures, root = raised("a")
    assert open_workspace(root).scenarios
    assert "data_temp.csv" in files_of(root)
    assert figures
    assert all(figure.unit for figure in figures.values())


def test_the_same_again_but_for_seed_variation_and_practice(raised):
    (_, once), (_, again) = raised("a"), raised("b")
    assert files_of(once) == files_of(again)
    for name, other in {"c": {"seed": 4}, "d": {"plant_variation": 1}, "e": {"practice": "recentred"}}.items():
        assert files_of(raised(name, **other)[1]) != files_of(once)


def test_pieces_are_counted_as_they_are_made(raised):
    told = []
    raised("a", pieces=7, progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 7) for number in range(1, 8)]
    told.clear()
    raised("b", pieces=120, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (120, 120)
    assert len(told) <= 60


def test_unknown_names_have_a_remedy(raised, tmp_path):
    with pytest.raises(ConfigError) as unknown:
        family("ladle-furnance")
    assert unknown.value.hint == "use ladle-furnace"
    with pytest.raises(ConfigError, match="no practice 're-centred'") as practice:
        raised("a", practice="re-centred")
    assert practice.value.hint == "use recentred"
    assert not (tmp_path / "a").exists()

"""Settings of the hub: read whole, faults with their lines, secrets from the environment alone."""

from pathlib import Path

import pytest

from pilothouse.errors import ConfigError
from pilothouse.hub.hub import Hub
from pilothouse.hub.settings import HubSettings, ledger_url, read_settings
from pilothouse.hub.workspace import check_folder, create_workspace
from pilothouse.plant.declaration import Declaration
from pilothouse.testing.ledger import draft

ROOT = Path("works")


def read(text: str):
    settings, faults = read_settings(Declaration.parse(text))
    return settings, [str(fault) for fault in faults]


def test_without_the_table_all_is_embedded() -> None:
    assert read("schema = 1") == (HubSettings(), [])
    assert ledger_url(HubSettings(), ROOT, {}).database == str(ROOT / "store" / "ledger.db")


def test_what_is_written_is_read() -> None:
    text = '[hub]\nledger = "postgresql+psycopg://hub@db/works"\nledger_password_env = "SECRET"'
    settings, faults = read(text)
    assert faults == []
    url = ledger_url(settings, ROOT, {"SECRET": "a:b@c/"})
    assert (url.username, url.password, url.host, url.database) == ("hub", "a:b@c/", "db", "works")
    assert "a:b" not in repr(url)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[hub]\nledgr = "x"', "plant.toml:2: hub: unknown key 'ledgr'. Use ledger."),
        ("[hub]\nledger = 3", "plant.toml:2: hub: ledger: expected a text, got 3"),
        ('[hub]\n\nledger = "here"', "plant.toml:3: hub: ledger: expected a database URL such as"),
        ('[hub]\nledger = "mysql://a@b/c"', "plant.toml:2: hub: ledger: a ledger lies in SQLite or PostgreSQL"),
        ('[hub]\nledger = "postgresql://a:pw@b/c"', "plant.toml:2: hub: ledger: a password stands in the file."),
        ('[hub]\nledger = "postgresql://a:pw@b:c/c"', "got 'postgresql://a:***@b:c/c'"),
        ('[hub]\nledger_password_env = "X"', "plant.toml:2: hub: ledger_password_env stands without ledger"),
        ("hub = 3", "plant.toml:1: hub: expected a table"),
        ('[hub]\n\ncompute = "ray://x"', "plant.toml:3: hub: compute: expected local, local:4 (processes) or dask://"),
        ("[hub]\ncompute = 4", "plant.toml:2: hub: compute: expected a text, got 4"),
    ],
)
def test_what_is_wrong_is_named(text: str, fault: str) -> None:
    settings, faults = read(text)
    assert settings.ledger is None or "unknown" in fault
    assert len(faults) == 1
    assert fault in faults[0]


def test_the_environment_goes_first() -> None:
    settings = HubSettings(ledger="postgresql://hub@db/works", ledger_password_env="NOT_SET")  # noqa: S106
    url = ledger_url(settings, ROOT, {"PILOTHOUSE_LEDGER": "sqlite:///other.db"})
    assert url.database == str(ROOT / "other.db")
    with pytest.raises(ConfigError, match="NOT_SET is not set"):
        ledger_url(settings, ROOT, {})
    with pytest.raises(ConfigError, match=r"ana:\*\*\*@db") as told:
        ledger_url(settings, ROOT, {"PILOTHOUSE_LEDGER": "postgresql://ana:secret@db:x/works"})
    assert "secret" not in str(told.value)


def test_a_hub_keeps_its_ledger_where_it_is_told(tmp_path, new_database, monkeypatch) -> None:
    url = new_database()
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    plant = root / "plant.toml"
    plant.write_text(plant.read_text(encoding="utf-8") + f'\n[hub]\nledger = "{url.replace(":@", "@")}"\n')
    assert check_folder(root)[1] == ()
    with Hub.open(root) as hub:
        hub.ledger.append([draft()])
    with Hub.open(root) as hub:
        assert len(hub.ledger.read()) == 1
    assert not (root / "store" / "ledger.db").exists()
    monkeypatch.setenv("PILOTHOUSE_LEDGER", "sqlite:///store/mine.db")
    with Hub.open(root) as hub:
        assert hub.ledger.read() == ()
    assert (root / "store" / "mine.db").exists()


def test_a_workspace_has_where_heavy_work_is_done(kettles, tmp_path):
    root = kettles.write_kitchen(tmp_path / "one", ("mild", "answers"), extra='[hub]\ncompute = "local:3"\n')
    workspace, faults = check_folder(root)
    assert faults == ()
    assert workspace.settings.compute == "local:3"
    root = kettles.write_kitchen(tmp_path / "two", ("mild", "answers"), extra='[hub]\ncompute = "three"\n')
    workspace, faults = check_folder(root)
    assert workspace is None
    assert [fault.problem.split(",")[0] for fault in faults] == ["hub: compute: expected local"]

"""The settings of a connection over OPC UA, and every fault in them told by its line."""

import pytest

from pilothouse.connect.opcua import KIND
from pilothouse.connect.opcua.settings import Settings
from pilothouse.plant.declaration import Declaration


def read(text):
    faults = []
    table = Declaration.parse(text).root(faults)
    found = KIND.read(table, None)
    return found, [str(fault) for fault in faults]


SOUND = 'url = "opc.tcp://level2:4840/x"\n'
SECURE = (
    SOUND + 'security = "Basic256Sha256"\ncertificate = "a.der"\nprivate_key = "a.pem"\nserver_certificate = "s.der"\n'
)


def test_a_url_alone_will_do():
    assert read(SOUND) == (Settings(url="opc.tcp://level2:4840/x"), [])


def test_everything_can_be_said():
    found, faults = read(SECURE + 'mode = "sign"\nuser = "u"\npassword_env = "P"\nsampling_s = 0.05\nhistory_h = 1\n')
    assert faults == []
    assert (found.mode, found.user, found.sampling_s, found.history_h) == ("sign", "u", 0.05, 1.0)
    assert found.needed_files == ("a.der", "a.pem", "s.der")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('url = "http://level2"\n', "expected opc.tcp://HOST:PORT"),
        ('url = "opc.tcp://u:p@level2:4840"\n', "url holds a password"),
        (SOUND + 'security = "Basic128Rsa15"\n', "unknown security 'Basic128Rsa15'"),
        (SOUND + 'security = "Basic256Sha256"\n', "needs a server certificate"),
        (SOUND + 'certificate = "a.der"\n', "of no use without security"),
        (SECURE + 'mode = "encrypt"\n', "unknown mode"),
        (SOUND + 'user = "u"\n', "come together"),
        (SOUND + 'user_certificate = "u.der"\n', "come together"),
        (SOUND + 'user = "u"\npassword_env = "P"\nuser_certificate = "u"\nuser_private_key = "k"\n', "two logins"),
        (SOUND + "publishing_s = 0\n", "publishing_s"),
    ],
)
def test_what_is_wrong_is_told(text, told):
    _, faults = read(text)
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("publishing_s", "sampling_s", "every_ns", "size"),
    [(1.0, None, 100_000_000, 200), (0.5, None, None, 10), (0.5, 0.1, None, 50), (0.1, 5.0, None, 2)],
)
def test_the_queue_holds_ten_sendings(publishing_s, sampling_s, every_ns, size):
    settings = Settings(url="opc.tcp://a:1", publishing_s=publishing_s, sampling_s=sampling_s)
    assert settings.queue_size(every_ns) == size

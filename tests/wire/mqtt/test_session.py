"""A session with a real broker: batches, acknowledgements, losses, and nothing left behind."""

import asyncio
import socket
import subprocess

import pytest

from pilothouse.errors import SourceError
from pilothouse.wire.mqtt import Broker, Session, Tls, Will

RIGHT = "right"


def run(coroutine):
    return asyncio.run(coroutine)


def at(mosquitto, name="one", **given):
    return Broker(host="127.0.0.1", port=mosquitto.port, client_id=name, timeout_s=5.0, **given)


async def collect(session, count):
    got = []
    while len(got) < count:
        some = await session.receive(timeout_s=5.0)
        assert some, f"{len(got)} of {count}"
        got += some
    return got


@pytest.mark.parametrize("is_version_5", [True, False])
def test_what_is_published_arrives_in_order(mosquitto, is_version_5):
    async def play():
        broker = at(mosquitto, is_version_5=is_version_5)
        async with Session(broker) as session, Session(at(mosquitto, "two", is_version_5=is_version_5)) as other:
            await session.subscribe(["a/+"], qos=1)
            for place in range(2_000):
                await other.publish("a/b", b"%d" % place, qos=place % 2)
            got = []
            while len(got) < 2_000:
                for message in await session.receive(timeout_s=5.0):
                    session.acknowledge(message)
                    got.append(int(message.payload))
            assert sorted(got) == list(range(2_000))
            assert [n for n in got if n % 2] == list(range(1, 2_000, 2))

    run(play())


def test_a_large_message_arrives_whole(mosquitto):
    async def play():
        async with Session(at(mosquitto)) as session, Session(at(mosquitto, "two")) as other:
            await session.subscribe(["big"], qos=0)
            await other.publish("big", bytes(range(256)) * 40_000)
            (message,) = await collect(session, 1)
            assert message.payload == bytes(range(256)) * 40_000

    run(play())


def test_what_was_not_acknowledged_comes_again(mosquitto):
    async def play():
        mine = at(mosquitto, session_s=60)
        async with Session(mine) as session, Session(at(mosquitto, "two")) as other:
            assert not session.is_resumed
            await session.subscribe(["a"], qos=1)
            for place in range(50):
                await other.publish("a", b"%d" % place, qos=1)
            for message in (await collect(session, 50))[:20]:
                session.acknowledge(message)
        async with Session(at(mosquitto, "two")) as other:
            await other.publish("a", b"50", qos=1)
        async with Session(mine) as session:
            assert session.is_resumed
            assert [int(message.payload) for message in await collect(session, 31)] == list(range(20, 51))

    run(play())


def test_more_may_be_on_the_way_than_a_broker_allows_by_itself(mosquitto):
    async def play():
        async with Session(at(mosquitto)) as session, Session(at(mosquitto, "two")) as other:
            await session.subscribe(["a"], qos=1)
            for place in range(500):
                await other.publish("a", b"%d" % place, qos=1)
            assert len(await collect(session, 500)) == 500  # none acknowledged

    run(play())


def test_a_loss_is_told_after_what_had_come(mosquitto):
    async def play():
        async with Session(at(mosquitto)) as session, Session(at(mosquitto, "two")) as other:
            await session.subscribe(["a"], qos=0)
            await other.publish("a", b"1")
            await asyncio.sleep(0.2)
            mosquitto.kill()
            await asyncio.sleep(0.2)
            assert len(await session.receive(timeout_s=1.0)) == 1
            with pytest.raises(SourceError, match="the line was lost"):
                await session.receive(timeout_s=1.0)
            with pytest.raises(SourceError, match="the line was lost"):
                await session.publish("a", b"2")

    run(play())


def test_the_will_is_told_of_one_that_vanished_and_not_of_one_that_said_goodbye(mosquitto):
    async def play():
        will = Will(topic="gone", payload=b"x", is_retained=False)
        async with Session(at(mosquitto)) as session:
            await session.subscribe(["gone"], qos=1)
            async with Session(at(mosquitto, "two"), will=will):
                pass
            assert await session.receive(timeout_s=0.3) == []
            lost = Session(at(mosquitto, "two"), will=will)
            await lost.__aenter__()
            lost._close()
            assert [message.payload for message in await collect(session, 1)] == [b"x"]

    run(play())


def test_nobody_there_is_an_error_that_says_where():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def play():
        with pytest.raises(SourceError, match=str(port)):
            async with Session(Broker(host="127.0.0.1", port=port, client_id="a", timeout_s=1.0)):
                pass

    run(play())


@pytest.mark.parametrize("host", ["no.such.host.invalid", "." * 70])
def test_a_host_that_is_none_is_an_error(host):
    async def play():
        with pytest.raises(SourceError, match="expected"):
            async with Session(Broker(host=host, client_id="a", timeout_s=2.0)):
                pass

    run(play())


def test_one_that_takes_the_call_and_says_nothing_is_given_up_in_time(open_files):
    async def play():
        server = await asyncio.start_server(lambda _r, w: silent.append(w), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        before = open_files()
        with pytest.raises(SourceError, match=r"CONNECT within 0\.3 s"):
            async with Session(Broker(host="127.0.0.1", port=port, client_id="a", timeout_s=0.3)):
                pass
        for writer in silent:
            writer.close()
            await writer.wait_closed()
        server.close()
        assert open_files() <= before

    silent = []
    run(play())


@pytest.mark.parametrize("answer", [b"\x00" * 50, b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(range(255, 0, -1))])
def test_one_that_speaks_something_else_is_an_error(answer):
    async def talk(reader, writer):
        await reader.read(10)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def play():
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SourceError):
            async with Session(Broker(host="127.0.0.1", port=port, client_id="a", timeout_s=2.0)):
                pass
        server.close()

    run(play())


def test_a_wrong_password_is_told(make_mosquitto, tmp_path):
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(tmp_path / "people"), "hub", RIGHT], check=True)
    mosquitto = make_mosquitto(f"allow_anonymous false\npassword_file {tmp_path}/people")

    async def play():
        async with Session(at(mosquitto, user="hub", password=RIGHT)):
            pass
        with pytest.raises(SourceError, match="let in"):
            async with Session(at(mosquitto, user="hub", password=RIGHT[::-1])):
                pass
        with pytest.raises(SourceError, match="let in"):
            async with Session(at(mosquitto)):
                pass

    run(play())


def test_a_subscription_that_is_refused_is_told(make_mosquitto, tmp_path):
    (tmp_path / "rights").write_text("topic read open/#\n")
    mosquitto = make_mosquitto(f"acl_file {tmp_path}/rights")

    async def play():
        async with Session(at(mosquitto)) as session:
            await session.subscribe(["open/#"], qos=1)

    run(play())


def test_of_two_with_one_name_the_first_is_told(mosquitto):
    async def play():
        async with Session(at(mosquitto)) as session, Session(at(mosquitto)):
            with pytest.raises(SourceError, match="lost"):
                await session.receive(timeout_s=2.0)

    run(play())


def test_what_is_too_much_is_counted(mosquitto):
    async def play():
        async with Session(at(mosquitto), most_bytes=10_000) as session, Session(at(mosquitto, "two")) as other:
            await session.subscribe(["a"], qos=0)
            for _ in range(100):
                await other.publish("a", bytes(1_000))
            await asyncio.sleep(0.3)
            got = []
            while some := await session.receive(timeout_s=0.2):
                got += some
            assert len(got) + session.dropped == 100
            assert session.dropped > 50

    run(play())


def test_a_cancelled_session_leaves_nothing(mosquitto, open_files):
    async def listen():
        async with Session(at(mosquitto)) as session:
            await session.subscribe(["a"], qos=1)
            while True:
                await session.receive(timeout_s=10.0)

    async def play():
        before = open_files()
        for wait_s in (0.0, 0.001, 0.003, 0.01, 0.1, 0.3):
            task = asyncio.create_task(listen())
            await asyncio.sleep(wait_s)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert open_files() <= before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(play())


@pytest.fixture
def papers(tmp_path):
    """An authority, and papers of a broker and of a hub made out by it."""

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=tmp_path)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
    for name in ("broker", "hub"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}")  # fmt: skip
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-extfile", "names")  # fmt: skip
    return tmp_path


def test_a_secured_line_with_papers_of_both_sides(make_mosquitto, papers, open_files):
    mosquitto = make_mosquitto(
        f"cafile {papers}/ca.pem\ncertfile {papers}/broker.pem\nkeyfile {papers}/broker.key\n"
        "require_certificate true\nuse_identity_as_username true"
    )

    async def play():
        tls = Tls(ca=papers / "ca.pem", certificate=papers / "hub.pem", private_key=papers / "hub.key")
        async with Session(at(mosquitto, tls=tls)) as session, Session(at(mosquitto, "two", tls=tls)) as other:
            await session.subscribe(["a"], qos=1)
            await other.publish("a", bytes(300_000), qos=1)
            assert [len(message.payload) for message in await collect(session, 1)] == [300_000]
        with pytest.raises(SourceError):  # it shows no papers
            async with Session(at(mosquitto, tls=Tls(ca=papers / "ca.pem"))):
                pass
        with pytest.raises(SourceError, match="certificate"):  # it does not know the authority
            async with Session(at(mosquitto, tls=Tls())):
                pass
        before = open_files()
        with pytest.raises(SourceError):  # the broker speaks TLS, we do not
            async with Session(at(mosquitto)):
                pass
        assert open_files() <= before

    run(play())


def test_papers_that_are_none_are_named(papers):
    with pytest.raises(SourceError, match="names"):
        Tls(ca=papers / "names").context()

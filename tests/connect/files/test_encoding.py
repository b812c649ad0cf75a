"""Encodings: found by the headers they make readable, and damage that does not cost the rest."""

import pytest

from pilothouse.connect.files.encoding import UNREADABLE, decode
from pilothouse.connect.files.pattern import Expected
from pilothouse.errors import SourceError

RUSSIAN = "key,Время замера,Температура\n1,2019-05-03 11:16:18,1571\n"
EXPECTED = Expected.of(["key", "Время замера", "Температура"])


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "cp866", "koi8-r"]
)
@pytest.mark.parametrize("is_declared", [False, True])
def test_russian_headers_in_every_encoding(encoding: str, is_declared: bool) -> None:
    found = decode(RUSSIAN.encode(encoding), EXPECTED, declared=encoding if is_declared else None, file="t.csv")
    assert (found.text, found.damaged) == (RUSSIAN, 0)


def test_western_text_without_headers_to_go_by() -> None:
    text = "key,T\nOfen Süd,1571 °C\n"
    assert decode(text.encode("latin-1"), Expected.of(["key", "T"]), declared=None, file="t.csv").text == text


def test_russian_content_under_english_headers() -> None:
    text = "key,T\nПлавка 17,1571\n"
    assert decode(text.encode("cp1251"), Expected.of(["key", "T"]), declared=None, file="t.csv").text == text


@pytest.mark.parametrize(
    ("written", "declared", "evidence"),
    [
        ("cp1251", "utf-8", "places cannot be read, the first in line 1"),
        ("utf-8", "latin-1", "its first line reads 'key,Ð"),
        ("utf-8", "cp1251", "its first line reads 'key,Р"),
        ("cp1251", "latin-1", "its first line reads 'key,Âðåìÿ"),
    ],
)
def test_a_wrong_encoding_is_told_with_the_right_one(written: str, declared: str, evidence: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(RUSSIAN.encode(written), EXPECTED, declared=declared, file="t.csv")
    assert f"the file is not written in {declared}: " in str(caught.value)
    assert evidence in str(caught.value)
    assert f'(file t.csv). Set encoding = "{written}", or leave encoding out to have it found.' in str(caught.value)


@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_damaged_bytes_do_not_change_the_encoding(declared: str | None) -> None:
    data = RUSSIAN.encode() + b"2,\xff\xfe\xfa,\xc3\n" * 100
    found = decode(data, EXPECTED, declared=declared, file="t.csv")
    assert (found.encoding, found.text[: len(RUSSIAN)], found.damaged) == ("utf-8", RUSSIAN, 400)
    assert UNREADABLE in found.text


def test_a_file_cut_inside_a_letter() -> None:
    found = decode((RUSSIAN + "Плавка").encode()[:-1], EXPECTED, declared=None, file="t.csv")
    assert (found.encoding, found.damaged, found.text[-2:]) == ("utf-8", 1, "к" + UNREADABLE)


@pytest.mark.parametrize("data", [b"", b"\n\r\n  ", b"\x00\x00"])
def test_an_empty_file(data: bytes) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        decode(data, EXPECTED, declared=None, file="t.csv")

"""GB18030 to UTF-8 by the C library and by Python's codec: the same text, and both strict."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import transcode

SIGNS = st.text(st.characters(codec="gb18030", exclude_categories=("Cs", "Co", "Cn")), max_size=40)


@pytest.fixture(params=["iconv", "codec"])
def way(request, monkeypatch):
    if request.param == "codec":
        monkeypatch.setattr(transcode, "_c_library", lambda: None)
    else:
        assert transcode._c_library() is not None, "this machine's C library has no iconv"
    return request.param


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7])
def test_signs_of_one_two_and_four_bytes_at_every_chunk_edge(way, encoding, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(transcode, "_CHUNK", chunk)
    text = "a中㐀𠀀é\r\n，" * 7
    (tmp_path / "gb").write_bytes(text.encode(encoding))
    transcode.to_utf8(tmp_path / "gb", encoding, tmp_path / "utf8")
    assert (tmp_path / "utf8").read_bytes().decode() == text


@pytest.mark.parametrize("bad", [b"abc\xff\xffdef", "中".encode("gb18030") + b"\x80 x", "中文".encode("gb18030")[:-1]])
def test_bytes_that_are_not_of_the_encoding_are_an_error(way, bad, tmp_path):
    (tmp_path / "gb").write_bytes(bad)
    with pytest.raises(UnicodeDecodeError):
        transcode.to_utf8(tmp_path / "gb", "gb18030", tmp_path / "utf8")


@pytest.mark.parametrize("chunk", [1, 5, 16, 1000])
@pytest.mark.parametrize("long_line", [8, 40, 100_000])
def test_many_pieces_at_once_come_in_their_order(way, chunk, long_line, tmp_path, monkeypatch):
    monkeypatch.setattr(transcode, "_CHUNK", chunk)
    monkeypatch.setattr(transcode, "_LONG_LINE", long_line)
    lines = [f"{n},中㐀𠀀é" * (n % 5) + "\r\n" for n in range(60)]
    text = "".join(lines) + "没有换行"
    (tmp_path / "gb").write_bytes(text.encode("gb18030"))
    told = []
    transcode.to_utf8(tmp_path / "gb", "gb18030", tmp_path / "utf8", told.append)
    assert (tmp_path / "utf8").read_bytes() == text.encode() == b"".join(told)
    (tmp_path / "gb").write_bytes(text.encode("gb18030").replace(b"33,", b"33\xff", 1))
    with pytest.raises(UnicodeDecodeError):
        transcode.to_utf8(tmp_path / "gb", "gb18030", tmp_path / "utf8")


@given(text=SIGNS)
@settings(max_examples=200, deadline=None)
def test_both_ways_give_the_same_text(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gb").write_bytes(codecs.encode(text, "gb18030"))
        transcode.to_utf8(folder / "gb", "gb18030", folder / "a")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transcode, "_c_library", lambda: None)
            transcode.to_utf8(folder / "gb", "gb18030", folder / "b")
        assert (folder / "a").read_bytes() == (folder / "b").read_bytes()

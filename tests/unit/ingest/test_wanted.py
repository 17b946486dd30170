"""What is found in bytes by marks is what the expressions of the values find, which is what DuckDB looks for in tables."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.wanted import Wanted

VALUES = frozenset({"13800007000", "oABC/1+2=", "小鹿爱买01号", "aaaaaa", "c1", "18888888888"})
PIECES = [
    *VALUES, "138-0000-7000", "+86 138 0000 7000", "008613800007000", "1380000 7000", "oABC\\/1+2=", "oABC%2F1%2B2%3D", "aaaaaaa", "188 8888 8888", "7000",
    "8888", " ", "-", "\n", "1", "a", "号", "，", "86", "=", "\0",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@given(text=texts)
@example(text="18888888888888888888")
@example(text="aaaaaa" + "a" * 30 + " aaaaaa")
@example(text="138 0000 7000" + " " * 24 + "13800007000")
def test_marks_find_what_the_expressions_find(encoding, text):
    wanted, data = Wanted(VALUES), text.encode(encoding)
    slow = re.compile("|".join(wanted.looks).encode(encoding))
    assert wanted.in_bytes(data) == bool(slow.search(data))


def test_the_draws_find_some_and_miss_some():
    """Without both, the property above would say nothing."""
    wanted = Wanted(VALUES)
    assert wanted.in_bytes(b"tel:+86 138-0000 7000.") and wanted.in_bytes("昵称：小鹿爱买01号，".encode("gb18030"))
    assert not wanted.in_bytes(b"1380000700012 aaaaaaa c1 x13800007") and not Wanted(frozenset({"c1"})).in_bytes(
        b" c1 "
    )

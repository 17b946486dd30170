"""Five hundred people who do not exist, in the spellings that exports have, and a search that finds any of them in a text."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

COUNT = 500
_FAMILY = "赵钱孙李周吴郑王冯陈"
_FIRST, _SECOND = "梓欣浩子雨佳思俊诗嘉", "涵怡然墨桐"


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    phone: str
    address: str
    card: str
    open_id: str
    nickname: str
    wechat: str
    mail: str


PEOPLE = [
    Person(
        f"{_FAMILY[n % 10]}{_FIRST[n // 10 % 10]}{_SECOND[n // 100]}", f"1380{n:03d}{7_000 + n}", f"文三西路{100 + n}号{n + 1}幢{n + 2}室",
        f"330106{1950 + n % 50}{1 + n % 12:02}{1 + n % 28:02}{n:03d}X", f"oABC{n:03d}xyz", f"小鹿爱买{n:03d}", f"wx_deer{n:03d}", f"p{n}@example.com",
    )
    for n in range(COUNT)
]  # fmt: skip


def note(person: Person) -> str:
    """A free text that names somebody the ways that remarks and traces do."""
    return f"请联系收件人：{person.name} {person.phone}，身份证{person.card}，地址{person.address}，邮箱 {person.mail}"


def spelt(phone: str, how: int) -> str:
    """A phone number as people and platforms write it."""
    return (phone, f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"+86 {phone}", f"{phone[:3]} {phone[3:7]} {phone[7:]}")[
        how % 4
    ]


#: what a secret of each kind looks like, wherever it stands; the exact values are compared after
_LOOKS = {
    "name": f"[{_FAMILY}][{_FIRST}][{_SECOND}]",
    "phone": r"1[-\s]?3[-\s]?8[-\s]?0(?:[-\s]?\d){7}",
    "address": r"文三西路\d+号\d+幢\d+室",
    "card": r"330106\d{11}[\dXx]",
    "open_id": r"oABC\d{3}xyz",
    "nickname": r"小鹿爱买\d{3}",
    "wechat": r"wx_deer\d{3}",
    "mail": r"p\d{1,3}@example\.com",
    "bare hash": r"[0-9a-fA-F]{32,64}",
}
_COMPILED = {kind: re.compile(look) for kind, look in _LOOKS.items()}


@cache
def _known() -> dict[str, frozenset[str]]:
    known = {f.name: frozenset(getattr(p, f.name) for p in PEOPLE) for f in fields(Person)}
    # a hash without a key is no pseudonym: all phone numbers there are can be hashed in an hour
    hashes = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    bare = frozenset(h(v.encode()).hexdigest() for p in PEOPLE for v in (p.phone, p.open_id, p.card) for h in hashes)
    return known | {"bare hash": bare}


def find(text: str) -> set[tuple[str, str]]:
    """(kind, value) of everything about these people in a text."""
    found = set()
    for kind, look in _COMPILED.items():
        for hit in look.findall(text):
            plain = (
                re.sub(r"[-\s]", "", hit)
                if kind == "phone"
                else hit.lower()
                if kind == "bare hash"
                else hit.upper()
                if kind == "card"
                else hit
            )
            if plain in _known()[kind]:
                found.add((kind, plain))
    return found


def said(path: Path) -> str:
    """Everything that a file says: Parquet by its values and its statistics, DuckDB by every table, others by their bytes."""
    text = path.name + path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix == ".parquet":
        return text + json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    if path.suffix == ".duckdb":
        return text + _tables(path)
    return text


def _tables(path: Path) -> str:
    import duckdb

    texts = []
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() union select schema_name, view_name from duckdb_views() where not internal").fetchall()  # fmt: skip
        assert tables, f"{path} has no table"
        for schema, table in tables:
            rows = connection.execute(f'select to_json(t)::varchar from "{schema}"."{table}" as t').fetchall()
            texts += [f"{schema}.{table}", *(row for (row,) in rows)]
        texts += [str(c) for c in connection.execute("select comment from duckdb_tables() union all select comment from duckdb_columns()").fetchall()]  # fmt: skip
    return "\n".join(texts)


def exposed(home: Path) -> list[Path]:
    """Every file of a home but the original bytes: landing, the inbox, and what was refused whole; and the key."""

    def original(p: Path) -> bool:
        refused = p.parent.name == "refused" and not p.name.endswith(".reason.txt")
        return p.relative_to(home).parts[0] in ("landing", "inbox") or refused or p.name == "identity.key"

    return [p for p in home.rglob("*") if p.is_file() and not p.is_symlink() and not original(p)]

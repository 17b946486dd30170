"""For any contract a file in its layout, with somebody in every column about people, in free text and in columns it does not know."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from people import PEOPLE, Person, note, spelt

from ingest.contract import Column, Contract

_BAD_EVERY = 25  # one row in so many has a name where a figure or a moment belongs
_KINDS = (
    ("phone|mobile|tel|手机|电话|号码", "phone"), ("address|addr|地址|街道|street|location", "address"), ("card|证件|身份证|IMEI|SN码|序列号", "card"),
    ("wechat|微信|weixin", "wechat"), ("nick|昵称|会员名|用户名|旺旺", "nickname"), ("mail|邮箱", "mail"), ("姓名|收件人|收货人|name|联系人|receiver", "name"),
)  # fmt: skip
_TYPES = ("open_id", "phone", "unionid", "external_userid")
#: columns that no contract knows: those about people are dropped, the last is kept and scrubbed
UNKNOWN = {
    "备用手机": "phone",
    "买家会员名": "name",
    "客户微信号": "wechat",
    "用户昵称": "nickname",
    "contact_email": "mail",
    "新列": "",
}


def _about(header: str, person: Person) -> str:
    field = next((f for pattern, f in _KINDS if re.search(pattern, header, re.IGNORECASE)), None)
    return getattr(person, field) if field else note(person)


def cell(column: Column, n: int, person: Person, types: set[str]) -> Any:
    """What row n has in a column; the types of identities alternate."""
    identity = _TYPES[n % 2]
    if column.name in types:
        return identity
    if column.protect == "key":
        is_phone = column.options.get("keyTypeColumn") and identity == "phone"
        return spelt(person.phone, 0 if n % 4 == 1 else 2) if is_phone else person.open_id
    if column.protect:
        return _personal(column, n, person)
    if column.enum and not column.key:
        return column.enum[0]
    match column.kind:
        case "id" | "id_list":
            return str(6_917_926_768_823_643_751 + 7 * n)
        case "timestamp":
            is_epoch = column.options.get("format", "").startswith("epoch")
            return str(1_788_998_400 + n) if is_epoch else f"2026-09-10 08:{n // 60 % 60:02}:{n % 60:02}"
        case "date":
            return "2026-09-10"
        case "money" | "number" | "rate":
            return "1"
        case "integer" if column.name == "quarter":
            return str(1 + n % 4)
        case "integer":
            return str(1 + n) if column.key else "1"
        case "boolean":
            return "是"
        case _:
            return f"x{n}"


def _personal(column: Column, n: int, person: Person) -> str:
    if column.protect == "scrub":
        return note(
            person
        )  # a name that stands there alone is known by no pattern: only what is told as one is taken out
    value = _about(column.header, person)
    return spelt(person.phone, n) if value == person.phone else value


def rows(contract: Contract) -> Iterator[dict[str, Any]]:
    """One row a person, by our column names, some of them with a name in the wrong place."""
    types = {c.options["keyTypeColumn"] for c in contract.columns if c.options.get("keyTypeColumn")}
    figures = [
        c.name for c in contract.kept if c.kind in ("money", "integer", "timestamp", "date", "number") and not c.protect
    ]
    for n, person in enumerate(PEOPLE):
        row = {c.name: cell(c, n, person, types) for c in contract.columns}
        if n % _BAD_EVERY == 7 and figures:
            row[figures[n // _BAD_EVERY % len(figures)]] = person.name
        yield row


def _csv(contract: Contract) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(c.header for c in contract.columns), *UNKNOWN])
    for person, row in zip(PEOPLE, rows(contract), strict=True):
        more = [getattr(person, f) if f else note(person) for f in UNKNOWN.values()]
        writer.writerow([*(row[c.name] for c in contract.columns), *more])
    return out.getvalue().encode("utf-8-sig")


def _set(item: dict[str, Any], path: str, value: Any, explode: str | None) -> None:
    steps = path.split(".")
    for depth, step in enumerate(steps[:-1]):
        name = step.removesuffix("[*]")
        is_list = step.endswith("[*]") or (depth == 0 and name == explode)
        child = item.setdefault(name, [{}] if is_list else {})
        item = child[0] if isinstance(child, list) else child
        if not isinstance(item, dict):
            return
    item.setdefault(steps[-1], value)


def _json(contract: Contract) -> bytes:
    shape = contract.options["json"]
    explode = shape.get("explode")
    items = []
    for person, row in zip(PEOPLE, rows(contract), strict=True):
        item: dict[str, Any] = {}
        for column in contract.columns:
            path = next((h for h in column.headers if h.isascii()), None)
            if path:
                _set(item, path, row[column.name], explode)
        for header, field in UNKNOWN.items():
            item[header] = getattr(person, field) if field else note(person)
        items.append(item)
    place = next((p for p in shape["items"] if p != "$"), "$")
    if place == "$" or "$" in shape["items"]:
        return json.dumps(items, ensure_ascii=False).encode()
    document: dict[str, Any] = {}
    _set(document, place, items, None)
    for code in [shape["code"]] if isinstance(shape.get("code"), dict) else shape.get("code", [])[:1]:
        _set(document, code["path"], code["ok"][0], None)
    return json.dumps(document, ensure_ascii=False).encode()


def drop_people(contract: Contract, inbox: Path) -> int:
    """Put files of a dataset into its inbox: every layout that it takes, and one that is refused; returns how many are good."""
    folder = inbox / contract.source / contract.dataset
    folder.mkdir(parents=True, exist_ok=True)
    formats, good = contract.options.get("formats", ["csv"]), 0
    if {"csv", "xlsx", "xls"} & set(formats):
        (folder / "good_20260911020000.csv").write_bytes(_csv(contract))
        good += 1
    if "json" in formats:
        (folder / "good_20260911030000.json").write_bytes(_json(contract))
        good += 1
    lines = [",".join([p.name, p.phone, p.address, p.card, p.nickname]) for p in PEOPLE]
    (folder / f"{PEOPLE[0].phone}.csv").write_text("\r\n".join(lines), encoding="utf-8")
    return good

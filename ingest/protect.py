"""Personal data stops at the door: keyed pseudonyms, scrubbed text and masked values, in SQL and in Python.

Pseudonyms are HMAC-SHA-256 (RFC 2104) over a normalised identity, computed inside DuckDB so that they are vectorised:
sha256(key xor opad || sha256(key xor ipad || text)). The key lives in state/identity.key (mode 600), outside the warehouse.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.durable import flush, flush_folder, link

if TYPE_CHECKING:
    import duckdb

_BLOCK = 64
KEY_BYTES = 32
_WINDOW = 2_000  # of a giant cell, so much is looked at: only its beginning is ever shown
_PHONE = r"(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}"
_LANDLINE = r"0\d{2,3}-\d{7,8}"
_ID_CARD = r"\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"
_MAIL = r"[\w.+-]{1,64}@[\w-]+\.[\w.]+"
_ADDRESS = r"[\p{Han}A-Za-z0-9]{0,12}(?:路|街|道|巷|弄|村|小区|花园|公寓|大厦)[\p{Han}A-Za-z0-9-]{0,12}?\d+[-\d]*(?:号|栋|幢|座|单元|室|楼|层)[\p{Han}A-Za-z0-9-]{0,12}"
_COURIER = r"(快递员|派件员|派送员|业务员|揽收员|收件员|联系人|收件人|签收人|投递员|网点负责人)((?:是|为|姓名)?[:：\s,，]*)[\[【(（]?\p{Han}[\p{Han}·*]{0,4}[\]】)）]?"

#: what a cell about a person looks like, in RE2
PATTERNS = {"phone": _PHONE, "card": _ID_CARD, "mail": _MAIL, "address": _ADDRESS}


def _alone(pattern: str) -> str:
    """A number that is not part of a longer one (an order id holds many phone-like digits)."""
    return f"(^|[^0-9]){pattern}($|[^0-9])"


#: applied in this order; the ID card before the phone, which could be a part of it. Numbers go twice: two of them can share
#: the blank between them, and a match takes it
_RULES = (
    *[(_alone(_ID_CARD), r"\1[身份证]\2")] * 2,
    (_MAIL, "[邮箱]"),
    *[(_alone(_PHONE), r"\1[电话]\2")] * 2,
    *[(_alone(_LANDLINE), r"\1[电话]\2")] * 2,
    (_ADDRESS, "[地址]"),
    (_COURIER, r"\1\2[姓名]"),
)  # fmt: skip


class KeyRotationCutOff(Exception):
    """Raw holds pseudonyms of two keys until the rotation is finished; nothing may be landed or built meanwhile."""


#: what a keyed column holds, until the landing gate, where the person asked to be forgotten (ingest/suppression.py)
FORGOTTEN = "forgotten"


def identity_key(home: Path) -> bytes:
    """The pseudonym key of this home, made on first use: 32 random bytes, mode 600, never in the warehouse.

    After rotations it is a chain, 32 bytes for every link (warehouse/keys.py). Raises KeyRotationCutOff while a rotation has
    raw objects of two chains lying about.
    """
    refuse_cut_off(home)
    return secret_key(home, "identity")


def refuse_cut_off(home: Path) -> None:
    """Raise KeyRotationCutOff while raw holds pseudonyms of two keys."""
    if (home / "state" / "rotation").is_dir():
        raise KeyRotationCutOff("a rotation of the pseudonym key was cut off. Next: fupan keys rotate --go-on")


def secret_key(home: Path, name: str) -> bytes:
    """state/<name>.key, made on first use by however many processes: 32 random bytes, mode 600."""
    path = home / "state" / f"{name}.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)  # of a killed process that had the same id, as all have in a container
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
            flush(temporary)
            link(temporary, path)  # harmless when another process was first
            flush_folder(path.parent)  # before the first pseudonym: with another key no two of a person would be equal
        finally:
            temporary.unlink()
    return path.read_bytes()


def prepare(
    connection: duckdb.DuckDBPyConnection, key: bytes, suppressed: tuple[bytes, Sequence[str]] | None = None
) -> None:
    """Give a connection what `keyed_sql` calls: the macro fupan_pseudonym, and the padded keys that it reads.

    key: one key, or a chain of several of 32 bytes, of which each makes a pseudonym of the one before. suppressed: (another key,
    HMAC of identities under it): these become FORGOTTEN instead of a pseudonym. Keys are hex literals (which need no quoting):
    binding a parameter makes DuckDB import pandas, 1.4 seconds of every load.
    """
    links = [key[i : i + KEY_BYTES] for i in range(0, len(key), KEY_BYTES)] if len(key) % KEY_BYTES == 0 else [key]
    made = "identity"
    for number, one in enumerate(links):
        made = hmac_sql(connection, one, f"fupan{number}", made)
    made = f"case when identity is not null then {made} end"
    if suppressed and suppressed[1]:
        listed = ", ".join(f"('{digest}')" for digest in suppressed[1])
        connection.execute(
            f"create or replace temp table fupan_suppressed as select * from (values {listed}) as v(digest)"
        )
        known = f"{hmac_sql(connection, suppressed[0], 'fupan_suppression', 'identity')} in (select digest from fupan_suppressed)"
        made = f"case when identity is null then null when {known} then '{FORGOTTEN}' else {made} end"
    connection.execute(f"create or replace temp macro fupan_pseudonym(identity) as {made}")


def hmac_sql(connection: duckdb.DuckDBPyConnection, key: bytes, name: str, text: str) -> str:
    """SQL for the HMAC (64 hex) of a text; sets the two variables with the padded key that it reads, fupan0_ipad for `fupan0`."""
    padded = key.ljust(_BLOCK, b"\0")
    for pad, mask in (("ipad", 0x36), ("opad", 0x5C)):
        connection.execute(f"set variable {name}_{pad} = unhex('{bytes(b ^ mask for b in padded).hex()}')")
    return f"sha256(getvariable('{name}_opad') || unhex(sha256(getvariable('{name}_ipad') || encode({text}))))"


def keyed_sql(text: str, identity_type: str | None = None) -> str:
    """SQL for the pseudonym (64 hex) of a cleaned identity, on a connection that `prepare` made ready.

    text and identity_type are SQL expressions; a null stays null.
    """
    return f"fupan_pseudonym({identity_sql(text, identity_type)})"


def identity_sql(text: str, identity_type: str | None = None) -> str:
    """SQL for an identity in its one spelling: phones lose +86, blanks and dashes."""
    phone = f"regexp_replace(regexp_replace({text}, '[^0-9]', '', 'g'), '^(0086|86)(1[0-9]{{10}})$', '\\2')"
    return f"case when {identity_type} = 'phone' then {phone} else {text} end" if identity_type else text


def scrub_sql(text: str) -> str:
    """SQL that replaces phones, ID cards, mail and address-like strings; RE2, so linear in the text."""
    sql = text
    for pattern, stand_in in _RULES:
        sql = f"regexp_replace({sql}, '{pattern}', '{stand_in}', 'g')"
    return sql


def scrub_column_sql(name: str) -> str:
    """As `scrub_sql` for a plain column: most texts hold nothing that a rule matches, which one look over all rules tells."""
    anything = "|".join(f"(?:{pattern})" for pattern in dict.fromkeys(p for p, _ in _RULES))
    return f"(case when regexp_matches({name}, '{anything}') then {scrub_sql(name)} else {name} end)"


_HAN = "\u4e00-\u9fff"
#: ASCII, as RE2 takes \w, \d and \s
_PYTHON_RULES = tuple(
    (re.compile(p.replace(r"\p{Han}", f"[{_HAN}]").replace(f"[[{_HAN}]", f"[{_HAN}"), re.ASCII), s) for p, s in _RULES
)


def scrub(text: str) -> str:
    """The same as `scrub_sql`, for the few texts that Python handles (reasons, quarantined values)."""
    for pattern, stand_in in _PYTHON_RULES:
        text = pattern.sub(stand_in, text)
    return text


def masked_record(text: str) -> str:
    """A line that could not be read as a record: which cell is a name cannot be told, so all Chinese text is starred."""
    return masked(re.sub(f"[{_HAN}]", "*", scrub(text[:_WINDOW])))


def masked_cell(value: str | None) -> str:
    """A cell that does not convert: in a shifted row it may be a name, so each run of Chinese text keeps its first sign (张*)."""
    return masked(re.sub(f"(?<=[{_HAN}])[{_HAN}]", "*", scrub(value[:_WINDOW]))) if value else masked(value)


def masked(value: str | None, *, limit: int = 60) -> str:
    """A raw value fit for a report: scrubbed and shortened."""
    if value is None:
        return ""
    shown = scrub(value[:_WINDOW])
    if len(value) > _WINDOW:
        shown = shown[:-40]  # the window may have cut a phone in two
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"

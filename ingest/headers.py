"""Which column of a file is which column of the contract: by name after canonicalising, never by position."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.limits import limit

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\x00"))
_UNIT = re.compile(r"\((元|%|次|分钟|人|个|件|单)\)$")
#: headers that smell of a person: such a column, unknown to the contract, is not even kept in `_extra`
_PERSONAL = re.compile(
    r"姓名|收件|收货|手机|电话|联系|地址|身份证|证件|微信|邮箱|昵称|买家|留言|备注|客户|顾客|会员名|用户名|旺旺|签收人|称呼|"
    r"receiver|consignee|phone|mobile|tel\b|address|id_?card|e?mail|nick|remark|note|buyer|contact|customer|user_?name|full_?name|wechat",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def canonical(header: str) -> str:
    """One spelling of a header: no BOM, blanks or line breaks, half-width brackets, 帐=账, 劵=券, lower case."""
    text = unicodedata.normalize("NFKC", str(header).translate(_INVISIBLE))
    text = re.sub(r"\s+", "", text).replace("帐", "账").replace("劵", "券").lower()
    return text.strip("'\"`")


def without_unit(header: str) -> str:
    """A canonical header without its trailing unit: 消耗(元) -> 消耗."""
    return _UNIT.sub("", header)


def smells_personal(header: str) -> bool:
    """Whether an unknown header looks like a column about a person (收件人, 手机, address ...)."""
    return bool(_PERSONAL.search(header))


#: columns of one table, blank ones included; every one of them costs the statement something, whatever it holds
MOST_COLUMNS = limit("FUPAN_COLUMNS", 2_000)


@dataclass(frozen=True)
class HeaderMatch:
    """positions: our column name -> index in the row; extra: header -> index, kept in `_extra`; dropped: headers not kept."""

    positions: dict[str, int]
    extra: dict[str, int]
    dropped: tuple[str, ...]


#: by the contract's identity: a contract is no key, and its look-up is asked for with every row that may be a header
_LOOKUPS: dict[int, tuple[Contract, dict[str, list[str]]]] = {}


def _lookup(contract: Contract) -> dict[str, list[str]]:
    """{canonical header: our names}, made once per contract."""
    kept = _LOOKUPS.get(id(contract))
    if kept is None or kept[0] is not contract:
        if len(_LOOKUPS) > 500:
            _LOOKUPS.clear()
        kept = _LOOKUPS[id(contract)] = (contract, _spellings(contract))
    return kept[1]


def _spellings(contract: Contract) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for column in contract.columns:
        for header in column.headers:
            for spelling in {canonical(header), without_unit(canonical(header))}:
                if column.name not in known.setdefault(spelling, []):
                    known[spelling].append(column.name)
    return known


def score(cells: list[str], contract: Contract) -> int:
    """How many cells of a row are headers of this contract."""
    known = _lookup(contract)
    return sum(1 for c in cells if c and (canonical(c) in known or without_unit(canonical(c)) in known))


def match(cells: list[str], contract: Contract, *, line: int | None = None) -> HeaderMatch:
    """Match a header row; raises Refused for a missing required column (with the nearest header) or an ambiguous one."""
    if len(cells) > MOST_COLUMNS:
        hint = "this is not how an export looks; delete the columns that are not needed"
        raise Refused(f"the header has {len(cells):,} columns; the limit is {MOST_COLUMNS:,}", line=line, hint=hint)
    known = _lookup(contract)
    names: dict[str, list[int]] = {}
    unknown: dict[str, int] = {}
    for index, cell in enumerate(cells):
        spelling = canonical(cell)
        if not spelling:
            continue
        owners = known.get(spelling) or known.get(without_unit(spelling))
        if owners:
            names.setdefault(owners[0], []).append(index)
        else:
            unknown[str(cell).strip() if str(cell).strip() not in unknown else f"{str(cell).strip()}#{index + 1}"] = (
                index
            )
    positions = {name: _one_of(name, indexes, cells, contract, line) for name, indexes in names.items()}
    _demand_required(positions, cells, contract, line)
    kept = {h: i for h, i in unknown.items() if not smells_personal(h)}
    return HeaderMatch(positions, kept, tuple(h for h in unknown if h not in kept))


def _one_of(name: str, indexes: list[int], cells: list[str], contract: Contract, line: int | None) -> int:
    """Several headers for one column: the alias listed first wins; the same header twice is ambiguous."""
    if len(indexes) == 1:
        return indexes[0]
    column = contract.column(name)
    spellings = [canonical(cells[i]) for i in indexes]
    if len(set(spellings)) < len(spellings):
        if column.protect == "drop":
            return indexes[0]
        raise Refused(
            f"ambiguous header: {cells[indexes[0]]!r} stands in {len(indexes)} columns",
            line=line,
            column=column.header,
            hint="export again with each column once, or delete the copy",
        )
    order = {canonical(h): rank for rank, h in enumerate(column.headers)}
    return min(indexes, key=lambda i: order.get(canonical(cells[i]), len(order)))


def _demand_required(positions: dict[str, int], cells: list[str], contract: Contract, line: int | None) -> None:
    groups = [[c.name] for c in contract.columns if c.required] + list(contract.options.get("requireOneOf", ()))
    for group in groups:
        if any(name in positions for name in group):
            continue
        wanted = contract.column(group[0]).header
        free = [str(c).strip() for i, c in enumerate(cells) if str(c).strip() and i not in positions.values()]
        near = difflib.get_close_matches(canonical(wanted), [canonical(f) for f in free], n=1, cutoff=0.5)
        guess = f"; the nearest header found is {near[0]!r}" if near else ""
        raise Refused(
            f"required column {wanted!r} is missing for {contract.name}{guess}",
            line=line,
            column=wanted,
            hint="check that the file belongs to this dataset, export it with that column, or add the header as an alias to the contract",
        )

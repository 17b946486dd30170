"""Two tiny contracts for fuzzing: one column of every kind, and a short one for the readers alone."""

from __future__ import annotations

from ingest.contract import Column, Contract

_SHAPE = {
    "formats": ["csv", "xlsx", "json"],
    "json": {
        "items": ["data.list", "list", "$"], "unwrap": ["result"], "total": ["data.total"],
        "code": {"path": "code", "ok": ["0"]}, "message": ["message"],
    },
    "totalRow": {"columns": ["名称", "编号"], "tokens": ["合计", "总计", "小计"], "control": ["金额"]},
    "nullTokens": ["-", "--", "—"],
    "maxQuarantineShare": 0.9,
    "allowEmpty": True,
}  # fmt: skip


def _column(name: str, header: str, kind: str, *, required: bool = False, **options: str) -> Column:
    protect = options.pop("protect", None)
    return Column(name, header, (name,), kind, required, False, protect, (), "", options)


#: every kind of column, and both ways in which a person is protected that let a row through
EVERY_KIND = Contract(
    "fuzz", "kinds", "", "", "", "",
    (
        _column("number", "编号", "id", required=True),
        _column("name", "名称", "text"),
        _column("amount", "金额", "money"),
        _column("fen", "分", "money", unit="fen"),
        _column("pieces", "件数", "integer"),
        _column("measure", "数值", "number"),
        _column("share", "占比", "rate"),
        _column("at", "时间", "timestamp"),
        _column("day", "日期", "date"),
        _column("is_new", "新客", "boolean"),
        _column("state", "状态", "code"),
        _column("note", "说明文字", "text", protect="scrub"),
        _column("buyer", "买家", "text", protect="key"),
    ),
    (), _SHAPE,
)  # fmt: skip

#: three columns, for the readers alone
SHORT = Contract(
    "fuzz", "short", "", "", "", "",
    (
        _column("number", "编号", "id", required=True),
        _column("name", "名称", "text"),
        _column("amount", "金额", "money"),
    ),
    (), _SHAPE,
)  # fmt: skip

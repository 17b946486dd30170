"""A stream of 弹幕 messages of any size as JSONL, in the shape of the decoded protobuf: about 380 bytes a message."""

from __future__ import annotations

from pathlib import Path

from benchmarks.orders_file import choice

#: changes with the content, so that a cached file of an older layout is not used
_VERSION = 1

_WORDS = (
    "这件有雾蓝色吗", "已拍，什么时候发货", "主播声音好小", "上链接！", "155 斤穿多大码", "\"真丝\"是真的吗", "666", "第二次回购了，质量不错",
    "求讲解 3 号链接", "优惠券怎么领呀？", "和图片有色差吗\\n想看细节", "老粉报到",
)  # fmt: skip
_GIFTS = "{'name': ([ '小心心', '玫瑰', '啤酒'])[1 + (i % 3)::int], 'diamondCount': ([1, 1, 2])[1 + (i % 3)::int]}"


def comments_file(folder: Path, rows: int) -> Path:
    """The cached file of so many messages, one JSON object a line: three in four are comments, the others likes, gifts, entries.

    Every kind has its own fields, ids are texts of 19 digits, and a person's name and number stand in each, as in the real stream.
    """
    import duckdb

    target = folder / f"弹幕_v{_VERSION}_{rows}_20261001020000.jsonl"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{target.name}.part"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy ({_messages(rows)}) to '{part}' (format csv, header false, quote '', escape '', delimiter '\x01')"
        )
    part.replace(target)
    return target


def _messages(rows: int) -> str:
    """SQL of one column: the text of each message."""
    kind = "case when i % 4 < 3 then 'Chat' when i % 12 = 3 then 'Like' when i % 12 = 7 then 'Gift' else 'Member' end"
    sent = "1788220800 + i // 100"
    return f"""
        select case kind
            when 'Chat' then json_object('method', method, 'common', common, 'user', person, 'content', content, 'eventTime', sent)
            when 'Like' then json_object('method', method, 'common', common, 'count', i % 7 + 1, 'total', i)
            when 'Gift' then json_object('method', method, 'common', common, 'user', person, 'giftId', '463', 'repeatCount', 1,
                'comboCount', 1, 'groupId', i::varchar, 'groupCount', 1, 'repeatEnd', 1, 'gift', gift)
            else json_object('method', method, 'common', common, 'user', person, 'memberCount', 800 + i % 400) end::varchar
        from (
            select i, kind, sent, 'Webcast' || kind || 'Message' as method, {choice(1, *_WORDS)} as content, {_GIFTS} as gift,
                {{'method': 'Webcast' || kind || 'Message', 'msgId': (7390000000000000001 + i)::varchar,
                  'roomId': (7300000000000000000 + i // 200000)::varchar, 'createTime': sent * 1000}} as common,
                {{'id': (hash(i, 2) >> 4)::varchar, 'shortId': hash(i, 3) % 1000000000, 'nickName': {choice(4, '小鹿', '阿May', '川妹子', '老王')} || hash(i, 5) % 1000,
                  'gender': hash(i, 6) % 3, 'level': hash(i, 7) % 40, 'displayId': 'dy' || hash(i, 8) % 10000000, 'secUid': 'MS4wLjABAAAA' || md5(i::varchar)}} as person
            from (select i, {kind} as kind, {sent} as sent from range({rows}) t(i))
        )"""  # fmt: skip

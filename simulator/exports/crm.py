"""What the CRM keeps: identity links (身份关联), members (会员), what they do, invitations, service tickets (客服工单)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator import names
from simulator.company import members, referrals, tickets
from simulator.csvfile import write_csv, write_csv_parts
from simulator.exports.context import Export
from simulator.exports.identities import identity_ids, identity_types
from simulator.exports.spans import bounds, first_day, numbers_of_days, orders_before, within
from simulator.frame import NONE, Frame, stack
from simulator.people import OPEN_ID
from simulator.rng import share
from simulator.status import seen
from simulator.text import const, join, money, numbers, pick, stamps, where

LOOK_BACK_DAYS = 7
SOLUTIONS = (
    ("已催促快递，预计明日送达", "包裹滞留，已补发", "已补偿10元优惠券", ""),
    ("已引导退货退款，运费险已生效", "退款已到账", "催促仓库验收", ""),
    ("已补发配件", "同意换货，来回运费我们出", "质检复核后全额退款", ""),
    ("推荐了大一码，买家接受换货", "尺码表已发买家", "按身高体重推荐了L码", ""),
    ("介绍了材质和洗涤方法", "发了使用视频", "告知下次直播时间", ""),
    ("解释活动规则，买家理解", "已退差价", "补发了优惠券", ""),
    ("发票已开具", "抬头有误，已重开", "电子发票已发邮箱", ""),
)
"""What agents write down, by topic (tickets.TOPICS)."""
SOLUTION_CHOICES = 4
TICKET_HEADER = (
    "ticket_id", "opened_at", "channel", "topic", "order_id", "first_reply_at", "resolved_at", "agent_id", "solution",
    "identity_type", "identity_id",
)  # fmt: skip


def write(export: Export) -> Iterator[Path]:
    """links, members (whole), member_events, referrals, service_tickets: all for a history, the last seven days for one day."""
    yield _links(export)
    yield _members(export)
    yield _events(export)
    yield _referrals(export)
    yield _tickets(export)


def _links(export: Export) -> Path:
    people = export.world.people
    links = people.links()
    links = links.take(links.linked_at <= export.at)
    if not export.is_history:
        links = links.take(links.linked_at >= bounds(export, LOOK_BACK_DAYS)[0])
    return write_csv(
        export.path("crm", "identity_links", "identity_links"),
        {
            "left_type": identity_types(links.left),
            "left_id": identity_ids(people, links.person, links.left),
            "right_type": identity_types(links.right),
            "right_id": identity_ids(people, links.person, links.right),
            "linked_at": stamps(np.asarray(links.linked_at)),
        },
    )


def member_ids(export: Export, person: np.ndarray) -> pa.Array:
    """会员号; a tenth of the members carry their phone as their number (quirk phone_member_ids)."""
    plain = join("M", numbers(100_000_000 + person))
    if not export.has("phone_member_ids"):
        return plain
    old = share(person, export.world.seed, "phone as member id") < 0.1
    return where(old, numbers(export.world.people.phone(person)), plain)


def _members(export: Export) -> Path:
    world, people = export.world, export.world.people
    everyone = members.members(world)
    known = np.flatnonzero(everyone.joined_at <= export.at)
    member = everyone.take(known)
    risen = (member.level_up_at != NONE) & (member.level_up_at <= export.at)
    return write_csv(
        export.path("crm", "members", "members"),
        {
            "member_id": member_ids(export, member.person),
            "identity_type": identity_types(member.identity),
            "identity_id": identity_ids(people, member.person, member.identity),
            "joined_at": stamps(member.joined_at),
            "level": pick(member.level + risen, members.LEVELS),
            "points": numbers(members.balances(world, export.at)[known]),
            "birthday_month": numbers(member.month),
            "province": pick(people.province(member.person), [row[0] for row in names.PROVINCES]),
        },
    )


def _events(export: Export) -> Path:
    everyone = members.members(export.world)
    iso = export.has("iso_times")
    days = (members.events_of_day(export.world, number) for number in numbers_of_days(export, LOOK_BACK_DAYS))
    return write_csv_parts(
        export.path("crm", "member_events", "member_events"),
        ["event_id", "member_id", "occurred_at", "event_type", "points_delta"],
        (
            {
                "event_id": join("ME", numbers(done.event_id)),
                "member_id": member_ids(export, everyone.person[done.member_i]),
                "occurred_at": _iso(done.occurred_at) if iso else stamps(done.occurred_at),
                "event_type": pick(done.kind, members.EVENTS),
                "points_delta": numbers(members.POINTS[done.kind]),
            }
            for done in days
        ),
    )


def _iso(seconds: np.ndarray) -> pa.Array:
    """ISO 8601 with its zone: 2026-09-01T08:00:00+08:00."""
    return join(pc.replace_substring(stamps(seconds), " ", "T"), "+08:00")


def _referrals(export: Export) -> Path:
    world = export.world
    found = stack([referrals.referrals_of_day(world, n) for n in numbers_of_days(export, LOOK_BACK_DAYS)])
    found = found.take(within(found.invited_at, bounds(export, LOOK_BACK_DAYS)))
    accepted = seen(found.accepted_at, export.at)
    inviter, invitee = (referrals.identity_of(world, found[side]) for side in ("inviter", "invitee"))
    return write_csv(
        export.path("crm", "referrals", "referrals"),
        {
            "referral_id": join("RF", numbers(found.referral_id)),
            "campaign_id": pick(found.campaign, referrals.CAMPAIGNS),
            "inviter_type": identity_types(inviter),
            "inviter_id": identity_ids(world.people, found.inviter, inviter),
            "invitee_type": identity_types(invitee),
            "invitee_id": identity_ids(world.people, found.invitee, invitee),
            "invited_at": stamps(found.invited_at),
            "accepted_at": stamps(accepted),
            "reward_cny": where(accepted == NONE, "", money(np.maximum(found.reward_fen, 0))),
        },
    )


def _tickets(export: Export) -> Path:
    first = first_day(export, LOOK_BACK_DAYS)
    return write_csv_parts(
        export.path("crm", "service_tickets", "service_tickets"),
        list(TICKET_HEADER),
        (
            _ticket_columns(export, cohort, tickets.make_tickets(export.world, cohort))
            for cohort in orders_before(export, first, tickets.LATEST_DAYS)
        ),
    )


def _ticket_columns(export: Export, cohort, asked: Frame) -> dict[str, pa.Array]:
    asked = asked.take(within(asked.opened_at, bounds(export, LOOK_BACK_DAYS)))
    asked = asked.take(np.lexsort((asked.order_i, asked.opened_at)))
    order, people = cohort.orders.take(asked.order_i), export.world.people
    resolved = seen(asked.resolved_at, export.at)
    solution = where(resolved == NONE, "", _solutions(asked))
    if export.has("phones_in_tickets"):
        told = (asked.solution % 41 == 0) & (resolved != NONE)
        solution = where(told, join("已回电 ", numbers(people.phone(order.person)), "，买家同意"), solution)
    kind = np.full(asked.rows, OPEN_ID)
    cells = (
        join("TK", numbers(asked.ticket_id)),
        stamps(asked.opened_at),
        pick(asked.channel, tickets.CHANNELS),
        pick(asked.topic, tickets.TOPICS),
        where(asked.loose, "", numbers(order.order_id)),
        stamps(seen(asked.first_reply_at, export.at)),
        stamps(resolved),
        pick(asked.agent, [f"KF{i + 1:02d}" for i in range(tickets.AGENTS)]),
        solution,
        where(asked.anonymous, "", const("open_id", asked.rows)),
        where(asked.anonymous, "", identity_ids(people, order.person, kind)),
    )
    return dict(zip(TICKET_HEADER, cells, strict=True))


def _solutions(asked: Frame) -> pa.Array:
    """One of its topic's solutions for each ticket."""
    words = [word for choice in SOLUTIONS for word in choice]
    return pick(asked.topic * SOLUTION_CHOICES + asked.solution % SOLUTION_CHOICES, words)

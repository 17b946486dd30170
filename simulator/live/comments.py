"""The comments (弹幕) of live rooms, with their true intent, topic and product beside them."""

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.days import DAY
from simulator.frame import NONE, Frame
from simulator.live.phrases import (
    DECORATIONS,
    INTENTS,
    OTHER,
    PHRASES,
    QUALITY,
    RISKY_PHRASES,
    STREAM,
)
from simulator.live.rooms import Rooms
from simulator.live.sessions import MINUTE
from simulator.rng import part, share
from simulator.text import TEXT, join, numbers
from simulator.world import World

RISKY_RATE, RISKY_RATE_IN_SPIKE = 0.004, 0.3
SPIKE_RATE, SPIKE_MINUTES = 0.25, 4
"""A quarter of the sessions has a wave of complaints, four minutes long."""
PHONE_RATE = 0.004


def comments_of(world: World, rooms: Rooms) -> Frame:
    """Every comment of the rooms, by session and time; as many in each minute as the minute says.

    Columns: session_i, minute_i, message_id, sent_at (wall seconds), person, intent (phrases.INTENTS), product_i (the
    product it speaks of, NONE), phrase (index into `vocabulary`), decoration (phrases.DECORATIONS), is_risky,
    has_phone.
    """
    minutes, seed = rooms.minutes, world.seed
    minute_i = np.repeat(np.arange(minutes.rows), minutes.comments)
    starts = np.cumsum(minutes.comments) - minutes.comments
    nth = np.arange(len(minute_i)) - starts[minute_i]
    session_i, minute_at = minutes.session_i[minute_i], minutes.minute_at[minute_i]
    # One key per comment that does not change with the days asked for.
    key = (minute_at // MINUTE * 16 + rooms.sessions.slot_i[session_i]) * 100_000 + nth
    risky = share(key, seed, "risky comment") < np.where(
        _in_spike(seed, rooms, minute_i), RISKY_RATE_IN_SPIKE, RISKY_RATE
    )
    intent = _intents(seed, rooms, minute_i, key)
    has_phone = ~risky & (share(key, seed, "phone in comment") < PHONE_RATE)
    intent = np.where(risky, QUALITY, np.where(has_phone, OTHER, intent))
    offset = (share(key, seed, "comment second") * MINUTE).astype(np.int64)
    held = rooms.sessions.take(session_i)
    sent = np.clip(minute_at + offset, held.starts_at + 1, held.ends_at - 1)
    product = minutes.product_i[minute_i]
    phrase, names_it = _phrases(seed, key, intent, risky, product, world)
    frame = Frame(
        session_i=session_i,
        minute_i=minute_i,
        message_id=_message_ids(rooms, session_i),
        sent_at=sent,
        person=part(key, seed, "commenter", world.people.size),
        intent=intent,
        product_i=np.where(names_it, product, NONE),
        phrase=phrase,
        decoration=np.where(share(key, seed, "decorated") < 0.4, part(key, seed, "decoration", len(DECORATIONS)), 0),
        is_risky=risky,
        has_phone=has_phone,
    )
    order = np.lexsort((frame.message_id, frame.sent_at, frame.session_i))
    return frame.take(order)


def vocabulary(world: World) -> list[str]:
    """All phrases with all goods put in: phrase p about product i stands at p * products + i."""
    goods = [names.GOODS[names.CATEGORIES[c][0]] for c in world.catalogue.products.category_i.tolist()]
    words = [kind[i % len(kind)] for i, kind in enumerate(goods)]
    plain = [phrase for _, phrases in PHRASES.values() for phrase in phrases] + list(RISKY_PHRASES)
    return [phrase.replace("{goods}", word) for phrase in plain for word in words]


def texts(world: World, comments: Frame, with_phones: bool) -> pa.Array:
    """The text of each comment; some write their phone number when `with_phones`."""
    words = pa.array(vocabulary(world), TEXT).take(pa.array(comments.phrase))
    ends = pa.array(list(DECORATIONS), TEXT).take(pa.array(comments.decoration))
    made = join(words, ends)
    rows = np.flatnonzero(comments.has_phone) if with_phones else np.zeros(0, np.int64)
    if not len(rows):
        return made
    written = made.to_numpy(zero_copy_only=False)
    written[rows] = join("加我电话", numbers(world.people.phone(comments.person[rows])), "聊").to_numpy(False)
    return pa.array(written, TEXT)


def truth_table(world: World, rooms: Rooms) -> pa.Table:
    """One row per comment: message_id, live_session_id, sent_at, intent, product_id (null: of none), is_risky."""
    found = comments_of(world, rooms)
    product = world.catalogue.products.product_id[np.maximum(found.product_i, 0)]
    return pa.table(
        {
            "message_id": numbers(found.message_id),
            "live_session_id": numbers(rooms.sessions.session_id[found.session_i]),
            "sent_at": pa.array(found.sent_at.astype("datetime64[s]")),
            "intent": pa.array(list(INTENTS), TEXT).take(pa.array(found.intent)),
            "product_id": pa.array(numbers(product).to_numpy(False), TEXT, mask=found.product_i == NONE),
            "is_risky": found.is_risky,
        }
    )


def _intents(seed: int, rooms: Rooms, minute_i: np.ndarray, key: np.ndarray) -> np.ndarray:
    """An intent for each comment; when the stream comes back after an outage, most speak of the stream."""
    edges = np.cumsum([weight for weight, _ in PHRASES.values()])
    intent = np.minimum(np.searchsorted(edges / edges[-1], share(key, seed, "intent")), len(edges) - 1)
    ended = rooms.sessions.outage_to[rooms.minutes.session_i[minute_i]]
    since = rooms.minutes.minute_at[minute_i] - ended
    after = (ended != NONE) & (since >= -MINUTE) & (since < 3 * MINUTE)
    return np.where(after & (share(key, seed, "of the stream") < 0.7), STREAM, intent)


def _in_spike(seed: int, rooms: Rooms, minute_i: np.ndarray) -> np.ndarray:
    """Whether each comment falls into its session's wave of complaints."""
    held = rooms.sessions
    has = share(held.session_id, seed, "spike") < SPIKE_RATE
    length = (held.ends_at - held.starts_at) // MINUTE
    begins = held.starts_at + (share(held.session_id, seed, "spike when") * 0.8 * length).astype(np.int64) * MINUTE
    session_i = rooms.minutes.session_i[minute_i]
    since = rooms.minutes.minute_at[minute_i] - begins[session_i]
    return has[session_i] & (since >= 0) & (since < SPIKE_MINUTES * MINUTE)


def _phrases(
    seed: int, key: np.ndarray, intent: np.ndarray, risky: np.ndarray, product: np.ndarray, world: World
) -> tuple[np.ndarray, np.ndarray]:
    """(index into the vocabulary, whether the phrase names the product) of each comment."""
    sizes = np.array([len(phrases) for _, phrases in PHRASES.values()] + [len(RISKY_PHRASES)])
    kind = np.where(risky, len(PHRASES), intent)
    chosen = (np.cumsum(sizes) - sizes)[kind] + part(key, seed, "phrase", 1 << 20) % sizes[kind]
    naming = [("{goods}" in phrase) for _, phrases in PHRASES.values() for phrase in phrases]
    naming += [False] * len(RISKY_PHRASES)
    return chosen * world.catalogue.products.rows + np.maximum(product, 0), np.array(naming)[chosen] & (product != NONE)


def _message_ids(rooms: Rooms, session_i: np.ndarray) -> np.ndarray:
    """A 19-digit msgId for each comment, rising within its session (comments stand session by session)."""
    starts = np.searchsorted(session_i, np.arange(rooms.sessions.rows))
    nth = np.arange(len(session_i)) - starts[session_i]
    day = rooms.sessions.starts_at[session_i] // DAY
    return 7_400_000_000_000_000_001 + (day * 16 + rooms.sessions.slot_i[session_i]) * 10**10 + nth * 1_009

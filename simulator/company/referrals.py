"""Invitations (老带新): honest ones, and rings of people who invite each other round for the reward."""

import numpy as np

from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame, stack
from simulator.people import OPEN_ID, UNIONID
from simulator.rng import part, share, stream

CAMPAIGNS = ("old_for_new_a", "old_for_new_b")
RATE = 0.04
RING_EVERY = 9
RING_SEATS = 13


def is_ringleader(person: np.ndarray) -> np.ndarray:
    """People who only ever invite round in rings; nobody honest is among them."""
    return np.asarray(person) % RING_SEATS == 5


def identity_of(world, person: np.ndarray) -> np.ndarray:
    """The one kind of identity (people.IDENTITIES) under which a person takes part."""
    return np.array([OPEN_ID, UNIONID])[part(person, world.seed, "referral identity", 2)]


def referrals_of_day(world, number: int) -> Frame:
    """The invitations of the world's day `number`, by time.

    Columns: referral_id, campaign, inviter, invitee (persons), invited_at, accepted_at (NONE = never), reward_fen, ring.
    An honest inviter always has the lower number, so the only circles are the planted ones (ring).
    """
    day_start = start_of(world.first_day) + number * DAY
    draw = stream(world.seed, "referrals", day_start // DAY)
    orders = world.cohort(number).orders
    chosen = np.flatnonzero(share(orders.order_id, world.seed, "invites") < RATE)
    one, other = orders.person[chosen], draw.integers(0, world.people.size, len(chosen))
    invited = orders.ordered_at[chosen] + draw.integers(60, 4 * HOUR, len(chosen))
    accepts = draw.random(len(chosen)) < 0.38
    honest = Frame(
        campaign=draw.integers(0, len(CAMPAIGNS), len(chosen)),
        inviter=np.minimum(one, other),
        invitee=np.maximum(one, other),
        invited_at=invited,
        accepted_at=np.where(accepts, invited + draw.integers(30, 2 * DAY, len(chosen)), NONE),
        reward_fen=np.where(accepts, 500 + 100 * draw.integers(0, 6, len(chosen)), NONE),
        ring=np.zeros(len(chosen), bool),
    )
    honest = honest.take((one != other) & ~is_ringleader(one) & ~is_ringleader(other))
    found = stack([honest, _ring(world, number, day_start, draw)])
    found = found.take(np.lexsort((found.inviter, found.invited_at)))
    found["referral_id"] = (day_start // DAY) * 10**7 + np.arange(found.rows)
    return found


def _ring(world, number: int, day_start: int, draw: np.random.Generator) -> Frame:
    """Three or four people who invite each other in a circle within an evening; on the first day and every few days."""
    seats = np.arange(world.people.size)
    seats = seats[is_ringleader(seats)]
    size = min(len(seats), 3 + number % 2) if number % RING_EVERY == 0 and len(seats) >= 3 else 0
    people = draw.choice(seats, size, replace=False) if size else np.zeros(0, np.int64)
    when = day_start + 20 * HOUR + np.arange(size) * 600 + (draw.integers(0, 500, size) if size else 0)
    return Frame(
        campaign=np.full(size, number % len(CAMPAIGNS)),
        inviter=people,
        invitee=np.roll(people, -1),
        invited_at=when.astype(np.int64),
        accepted_at=(when + 45).astype(np.int64),
        reward_fen=np.full(size, 1000),
        ring=np.ones(size, bool),
    )

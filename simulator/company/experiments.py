"""Experiments (AB 实验) whose true effect is known: the arms are the channels' own random exposure.

Whether a channel reaches a prospect is drawn independently of everything else, and what it adds to their chance to order is
planted (media.CHANNELS). Who was reached by one arm's channel alone is its treated group, who was reached by none the
control; each prospect's `luck` says what they would have done in any other arm, so the true lift is counted, not estimated.
"""

from dataclasses import dataclass

import numpy as np

from simulator import media
from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.people import OPEN_ID, UNIONID
from simulator.rng import part, share

UNITS_A_DAY = 20_000
"""At most about so many units a day and experiment, however large the company (流量占比)."""
LOST_RATE = 0.2


@dataclass(frozen=True)
class Experiment:
    """`arms`: channel of each treated variant (B, C ...); `runs`: first and last day as fractions of the world's days.

    `loses` treated assignments were never logged (样本比例失衡): its result must not be trusted.
    """

    name: str
    subject: str
    arms: tuple[str, ...]
    identity: int
    metric: str
    runs: tuple[float, float] = (0.1, 0.75)
    loses: bool = False


EXPERIMENTS = (
    Experiment("老客福利日推送", "promotion", ("wecom",), UNIONID, "conversion_rate"),
    Experiment("短信召回文案", "creative", ("sms",), OPEN_ID, "conversion_rate"),
    Experiment("秋季种草落地页与试单页", "landing_page", ("xiaohongshu", "undeclared"), OPEN_ID, "orders_per_user"),
    Experiment("短视频新脚本", "script", ("short_video",), OPEN_ID, "gmv_per_user", (0.3, 0.95)),
    Experiment("直播间新场景", "scene", ("live_recommend",), OPEN_ID, "conversion_rate", (0.1, 0.6), loses=True),
)


def experiment_id(world, number: int) -> str:
    """The id of an experiment by its place in EXPERIMENTS."""
    return f"EXP-{world.seed % 9000 + 1000}-{number + 1:02d}"


def variant_id(arm: int) -> str:
    """A for the control, B, C ... for the treated arms."""
    return "ABCDE"[arm]


def window(world, experiment: Experiment) -> tuple[int, int]:
    """(started_at, ended_at) in wall seconds: whole days of the world, at least one."""
    first, last = (int(round(world.days * part_of)) for part_of in experiment.runs)
    first = min(first, world.days - 1)
    return start_of(world.first_day) + first * DAY, start_of(world.first_day) + max(last, first + 1) * DAY


_KEPT: dict[tuple, Frame] = {}
"""Units by the world's parameters: two worlds with equal parameters are equal."""


def units(world, number: int) -> Frame:
    """The units of an experiment that were assigned, by time.

    Columns: person, arm (0 = control), assigned_at, chance0 (to order at this occasion without any arm), luck, ordered,
    again (ordered once more within the experiment), logged (False: the assignment was lost), crossed (also logged in
    another arm later).
    """
    key = (world.seed, world.first_day, world.days, world.orders_per_day, number)
    if key not in _KEPT:
        if len(_KEPT) >= 4 * len(EXPERIMENTS):
            _KEPT.clear()
        _KEPT[key] = _make_units(world, number)
    return _KEPT[key]


def _make_units(world, number: int) -> Frame:
    experiment = EXPERIMENTS[number]
    started, ended = window(world, experiment)
    channels = [media.channel_number(name) for name in experiment.arms]
    effect = np.array([c.effect for c in media.CHANNELS])
    days = range((started - start_of(world.first_day)) // DAY, (ended - start_of(world.first_day)) // DAY)
    found = {name: [] for name in ("person", "arm", "decided_at", "chance0", "luck", "ordered", "takes_part")}
    for day in days:
        seen = world.cohort(day).prospects
        reached = seen.exposed[:, channels]
        arm = np.where(reached.sum(1) > 1, NONE, np.where(reached.any(1), reached.argmax(1) + 1, 0))
        shops = {media.CHANNELS[c].shop for c in channels} - {None}
        arm = np.where(np.isin(seen.shop, list(shops)) | (not shops), arm, NONE)
        base = np.where(seen.hot, media.HOT_CHANCE, media.COLD_CHANCE)
        others = effect.copy()
        others[channels] = 0
        found["person"].append(seen.person)
        found["arm"].append(arm)
        found["decided_at"].append(seen.decided_at)
        found["chance0"].append(np.minimum(1.0, base + seen.exposed @ others))
        found["luck"].append(seen.luck)
        found["ordered"].append(seen.ordered)
        found["takes_part"].append(_takes_part(world, number, seen.person, arm, seen.rows))
    everyone = Frame({name: np.concatenate(columns) for name, columns in found.items()})
    return _first_occasions(world, number, experiment, everyone)


def _takes_part(world, number: int, person: np.ndarray, arm: np.ndarray, prospects: int) -> np.ndarray:
    """Equal arms: of the larger groups only a share, chosen by person; of a large company only a part of all."""
    experiment = EXPERIMENTS[number]
    reach = np.array([media.CHANNELS[media.channel_number(name)].reach for name in experiment.arms])
    rates = np.array([np.prod(1 - reach), *[r * np.prod(np.delete(1 - reach, i)) for i, r in enumerate(reach)]])
    keep = rates.min() / rates
    keep *= min(1.0, UNITS_A_DAY / max(1.0, prospects * rates.min() * len(rates)))
    return (arm != NONE) & (share(person, world.seed, f"experiment {number}") < keep[np.maximum(arm, 0)])


def _first_occasions(world, number: int, experiment: Experiment, everyone: Frame) -> Frame:
    """Each person's first occasion within the experiment, if it takes part, with what they did later in the experiment.

    A later occasion never counts as the first: whoever comes often would be found in the treated arm too often.
    """
    person, chosen = np.unique(everyone.person, return_index=True)
    able = everyone.takes_part[chosen]
    person, chosen = person[able], chosen[able]
    buys = np.flatnonzero(everyone.ordered)
    last_buy = np.full(int(everyone.person.max(initial=0)) + 1, NONE)
    last_buy[everyone.person[buys]] = buys  # rows are in time order, so the last write is the newest
    unit = everyone.take(chosen)
    key = person + 1

    def drawn(salt: str) -> np.ndarray:
        return share(key, world.seed, f"experiment {number} {salt}")

    frame = Frame(
        person=person,
        arm=unit.arm,
        assigned_at=unit.decided_at - 20 - part(key, world.seed, f"experiment {number} ahead", 600),
        chance0=unit.chance0,
        luck=unit.luck,
        ordered=unit.ordered,
        again=last_buy[person] > chosen,
        logged=~((unit.arm > 0) & experiment.loses & (drawn("lost") < LOST_RATE)),
        crossed=drawn("crossed") < 0.01,
    )
    return frame.take(np.lexsort((frame.person, frame.assigned_at)))


def true_lift(world, number: int, arm: int) -> dict[str, float]:
    """What arm `arm` truly adds per unit, over all units of the experiment: the planted effect and the counted one.

    planted: what the channel adds to the chance to place an order; conversion: the change in the share of units that
    place at least one order until the end; orders: the change in orders placed per unit.
    """
    unit = units(world, number)
    effect = media.CHANNELS[media.channel_number(EXPERIMENTS[number].arms[arm - 1])].effect
    without = unit.luck < unit.chance0
    with_it = unit.luck < np.minimum(1.0, unit.chance0 + effect)
    return {
        "planted": effect,
        "conversion": float((with_it | unit.again).mean() - (without | unit.again).mean()) if unit.rows else 0.0,
        "orders": float(with_it.mean() - without.mean()) if unit.rows else 0.0,
    }


def assignments(world, number: int, with_crossovers: bool) -> Frame:
    """The logged assignments of an experiment, by time: person, arm, assigned_at, crossover (a second, later arm)."""
    unit = units(world, number)
    unit = unit.take(unit.logged)
    first = Frame(person=unit.person, arm=unit.arm, assigned_at=unit.assigned_at, crossover=np.zeros(unit.rows, bool))
    if not with_crossovers:
        return first
    odd = first.take(unit.crossed)
    arms = len(EXPERIMENTS[number].arms) + 1
    odd["arm"], odd["crossover"] = (odd.arm + 1) % arms, np.ones(odd.rows, bool)
    # the same day, so that the crossover lies within the experiment
    odd["assigned_at"] = np.minimum(odd.assigned_at + HOUR, odd.assigned_at // DAY * DAY + DAY - 1)
    both = Frame({name: np.concatenate([first[name], odd[name]]) for name in first})
    return both.take(np.lexsort((both.crossover, both.person, both.assigned_at)))

"""Markov attribution (马尔可夫归因): what the period's orders would lack without a channel, solved exactly.

All journeys of a period make one first-order absorbing chain: begin → channels → order or none. Removing a channel sends whoever
would have come to it to `none`; its removal effect is the share of the conversion probability that is lost:

    P = s N r        N = (I − Q)^-1        effect(c) = (s N)_c (N r)_c / (N_cc P)

with s the first steps, Q the steps between channels, r the steps to an order, all as probabilities. (s N)_c / N_cc is the
probability of ever coming to c, (N r)_c that of an order from there on. The effects share the period's orders out; their sum is
not 1, so it is divided by. Steps from a channel to itself change nothing and are left out.

Intervals: a Poisson bootstrap over journeys (each journey counts Poisson(1) times), seeded by the period. Very many journeys are
first dealt out by lot to some thousand groups, each of which is drawn as one (a grouped bootstrap, as delete-a-group jackknives
group): an effect is a ratio, what all journeys add to it sums to zero, and so groups tell the same variance from far fewer draws.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from scipy.sparse import csr_matrix

SEPARATOR = " > "
UNATTRIBUTED = "unattributed"
REPLICATES = 200
#: the middle 95 % of the replicates
LOW, HIGH = 0.025, 0.975
SHARE_UNITS = 10**9
_EFFECT_UNITS = 10**12
_COMMON = 8  # journeys of one path that are drawn from a table of quantiles: most paths have few
_TABLE = 1 << 16
_GROUPS = 4_096  # of journeys, once there are many times as many
_MANY = 16 * _GROUPS
_CHUNK_CELLS = 20_000_000  # draws, and cells of the matrices, that are held at once


@dataclass(frozen=True)
class Journeys:
    """The journeys of one period as numbers.

    channels: names, sorted. edges: (from, to) of each distinct step; from = channel or n (begin); to = channel, n (order) or
    n + 1 (none). uses: edges x paths, how often a path takes an edge. visits: channels x paths, whether it comes there.
    journeys: how many took each path. is_order: whether they ended in an order.
    """

    channels: list[str]
    edges: np.ndarray
    uses: csr_matrix
    visits: csr_matrix
    journeys: np.ndarray
    is_order: np.ndarray


@dataclass(frozen=True)
class Effects:
    """Of one period, by channel: removal effect (0 to 1), its share of all effects, support, and 95 % of the share."""

    channels: list[str]
    effect: np.ndarray
    share: np.ndarray
    journeys: np.ndarray
    order_journeys: np.ndarray
    share_low: np.ndarray
    share_high: np.ndarray


def read_journeys(paths: pa.ChunkedArray, journeys: np.ndarray, is_order: np.ndarray) -> Journeys:
    """Paths as texts ('a > b', a '>' of a name doubled) to numbers; one row per path and outcome, in any order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from scipy.sparse import csr_matrix

    steps = pc.split_pattern(paths.cast(pa.string()), SEPARATOR).combine_chunks()
    words = steps.flatten().dictionary_encode()
    names = [name.replace(">>", ">") for name in words.dictionary.to_pylist()]
    channels = sorted(names)
    place = {name: number for number, name in enumerate(channels)}
    number = np.array([place[name] for name in names], dtype=np.int64)
    step = number[words.indices.to_numpy()]
    path = pc.list_parent_indices(steps).to_numpy()
    n, size = len(channels), len(is_order)
    first = np.append(True, path[1:] != path[:-1])
    before = np.where(first, n, np.append(n, step[:-1]))
    moved = before != step
    last = step[np.append(np.flatnonzero(first)[1:] - 1, len(step) - 1)]
    ends = np.where(is_order, n, n + 1)
    key = np.concatenate([before[moved] * (n + 2) + step[moved], last * (n + 2) + ends])
    # there are few kinds of steps and many steps: marks are quicker than sorting
    is_taken = np.zeros((n + 1) * (n + 2), dtype=bool)
    is_taken[key] = True
    taken, edge = np.flatnonzero(is_taken), np.cumsum(is_taken)[key] - 1
    on_path = np.concatenate([path[moved], np.arange(size)])
    uses = csr_matrix((np.ones(len(edge)), (edge, on_path)), shape=(len(taken), size))
    visits = csr_matrix((np.ones(len(step)), (step, path)), shape=(n, size))
    visits.data[:] = 1.0  # however often a path comes to a channel
    edges = np.stack([taken // (n + 2), taken % (n + 2)], axis=1)
    return Journeys(channels, edges, uses, visits, np.asarray(journeys, dtype=np.float64), np.asarray(is_order))


def removal_effects(edges: np.ndarray, counts: np.ndarray, n: int) -> np.ndarray:
    """The exact removal effect of each of n channels; nan where no journey ends in an order.

    edges: as in Journeys. counts: edges x chains, how often each edge is taken. Returns chains x n.
    """
    import numpy as np

    chains = counts.shape[1]
    table = np.zeros((chains, n + 1, n + 2))
    table[:, edges[:, 0], edges[:, 1]] = counts.T
    leaving = table.sum(axis=2, keepdims=True)
    # a channel that no journey of this chain comes to leads nowhere
    chance = np.divide(table, leaving, out=np.zeros_like(table), where=leaving > 0)
    between, order, begin = chance[:, :n, :n], chance[:, :n, n], chance[:, n, :n]
    visits = np.linalg.inv(np.eye(n) - between)
    comes = np.einsum("ci,cij->cj", begin, visits)
    from_there = np.einsum("cij,cj->ci", visits, order)
    whole = np.einsum("ci,ci->c", begin, from_there)[:, None]
    lost = comes * from_there / np.diagonal(visits, axis1=1, axis2=2)
    effect = np.divide(lost, whole, out=np.full_like(lost, np.nan), where=whole > 0)
    return np.clip(effect, 0.0, 1.0)


def shares(effect: np.ndarray) -> np.ndarray:
    """Effects (... x n) as parts of their sum."""
    return effect / effect.sum(axis=-1, keepdims=True)


def solve(journeys: Journeys, seed: int, replicates: int = REPLICATES) -> Effects:
    """The effects of the period's chain, and their intervals; all nan without an order.

    To the last digit the same only with one thread of linear algebra, as `markov_effects` sees to.
    """
    import numpy as np

    n = len(journeys.channels)
    effect = removal_effects(journeys.edges, (journeys.uses @ journeys.journeys)[:, None], n)[0]
    share = shares(effect)
    drawn = [shares(removal_effects(journeys.edges, counts, n)) for counts in _resampled(journeys, seed, replicates)]
    replicated = np.concatenate(drawn) if drawn else share[None]
    replicated = replicated[~np.isnan(replicated).any(axis=1)]
    low, high = np.quantile(replicated, [LOW, HIGH], axis=0) if len(replicated) else (share, share)
    return Effects(
        journeys.channels, effect, share, journeys.visits @ journeys.journeys,
        journeys.visits @ (journeys.journeys * journeys.is_order), np.minimum(low, share), np.maximum(high, share),
    )  # fmt: skip


def _resampled(journeys: Journeys, seed: int, replicates: int):
    """Counts of the edges (edges x some chains) of one bootstrap sample after the other, some at a time."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    uses, times = _units(journeys, rng)
    n, size = len(journeys.channels), len(times)
    at_once = max(1, min(replicates, _CHUNK_CELLS // max(size, (n + 1) * (n + 2), len(journeys.edges))))
    # units that as many journeys took lie side by side, the common ones last, so that draws go where they belong at once
    order = np.argsort(np.minimum(times, _COMMON + 1), kind="stable")
    uses, draw = uses[:, order], _drawer(times[order], rng)
    for begin in range(0, replicates, at_once):
        yield uses @ draw(min(at_once, replicates - begin))


def _units(journeys: Journeys, rng: np.random.Generator) -> tuple[csr_matrix, np.ndarray]:
    """What is drawn: (edges x units, how many journeys each unit is): the paths, or groups of journeys when there are many.

    Every journey is dealt out by a lot of its own, those of one path too: a path in one group would be drawn as one journey.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    took = journeys.journeys.astype(np.int64)
    if took.sum() < _MANY:
        return journeys.uses, journeys.journeys
    path = np.repeat(np.arange(len(took), dtype=np.int32), took)
    group = rng.integers(_GROUPS, size=len(path), dtype=np.int32)
    dealt = csr_matrix((np.ones(len(path)), (path, group)), shape=(len(took), _GROUPS))
    return journeys.uses @ dealt, np.ones(_GROUPS)


def _drawer(means: np.ndarray, rng: np.random.Generator):
    """A function: times -> means x times Poisson draws. Small means come from a table of 65,536 quantiles, which is quicker.

    means: whole numbers from 1, ascending up to _COMMON, then those that are larger.
    """
    import numpy as np

    ends = np.searchsorted(np.minimum(means, _COMMON + 1), np.arange(1, _COMMON + 2), side="left")
    groups = [(*ends[mean - 1 : mean + 1], _poisson_quantiles(mean)) for mean in range(1, _COMMON + 1)]
    many = means[ends[-1] :]

    def draw(times: int) -> np.ndarray:
        drawn = np.empty((len(means), times))
        for first, end, quantiles in groups:
            if first < end:
                taken = np.frombuffer(rng.bytes(2 * (end - first) * times), dtype="<u2").reshape(-1, times)
                np.take(quantiles, taken, out=drawn[first:end], mode="clip")
        if len(many):
            drawn[ends[-1] :] = rng.poisson(many[:, None], (len(many), times))
        return drawn

    return draw


def _poisson_quantiles(mean: int) -> np.ndarray:
    """The quantiles of a Poisson distribution in the middles of 65,536 equal parts."""
    import numpy as np

    ks = np.arange(1, 10 * mean + 30)
    below = np.cumsum(np.exp(-mean) * np.append(1.0, np.cumprod(mean / ks)))
    return np.searchsorted(below, (np.arange(_TABLE) + 0.5) / _TABLE).astype(np.float64)


def apportion(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder, ties to the earlier; nothing to share by: nothing is handed out."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [divmod(amount * weight, total) for weight in weights]
    left = amount - sum(whole for whole, _ in parts)
    first = set(sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:left])
    return [whole + (i in first) for i, (whole, _) in enumerate(parts)]


def seed_of(*key: str) -> int:
    """A seed that a period keeps wherever and whenever it is computed."""
    return zlib.crc32("|".join(key).encode())


def period_rows(period_type: str, period: str, rows: pa.Table, replicates: int = REPLICATES) -> list[dict]:
    """One period's journeys (outcome, path, journeys, gmv_cny) to one row per channel.

    Orders without any touch are no journey of the chain: they keep their own orders and money under `unattributed`, without an
    effect. What is credited adds up to the period's orders, and to its GMV to the cent.
    """
    import pyarrow.compute as pc

    def money(part: pa.Table) -> int:
        total = pc.sum(part["gmv_cny"]).as_py()
        return int(total.scaleb(2)) if total is not None else 0

    def of(*outcomes: str) -> pa.Table:
        return rows.filter(pc.is_in(rows["outcome"], _texts(outcomes)))

    found = {}
    walked, ordered, unknown = of("order", "none"), of("order"), of(UNATTRIBUTED)
    if walked.num_rows:
        is_order = pc.equal(walked["outcome"], "order").to_numpy()
        effects = solve(
            read_journeys(walked["path"], walked["journeys"].to_numpy(), is_order),
            seed_of(period_type, period),
            replicates,
        )
        found = _credited(effects, pc.sum(ordered["journeys"]).as_py() or 0, money(ordered))
    if unknown.num_rows:
        orders = pc.sum(unknown["journeys"]).as_py()
        mine = found.setdefault(UNATTRIBUTED, dict.fromkeys(_COUNTED, 0) | {"removal_effect": None})
        mine["journeys"] += orders
        mine["order_journeys"] += orders
        for column in ("orders_units", "low_units", "high_units"):
            mine[column] += orders * SHARE_UNITS
        mine["gmv_fen"] += money(unknown)
    return [{"period_type": period_type, "period": period, "channel": c, **found[c]} for c in sorted(found)]


_COUNTED = ("journeys", "order_journeys", "orders_units", "gmv_fen", "low_units", "high_units")


def _texts(words: tuple[str, ...]) -> pa.Array:
    import pyarrow as pa

    return pa.array(words, pa.string())


def _credited(effects: Effects, orders: int, gmv_fen: int) -> dict[str, dict]:
    """The period's orders and money shared out by the effects; nothing where no journey ended in an order."""
    import numpy as np

    known = orders > 0
    weights = [int(w) for w in np.rint(np.nan_to_num(effects.effect) * _EFFECT_UNITS)]
    units = apportion(orders * SHARE_UNITS, weights)
    fen = apportion(gmv_fen, weights)
    return {
        channel: {
            "removal_effect": float(weights[i] / _EFFECT_UNITS) if known else None,
            "journeys": int(effects.journeys[i]),
            "order_journeys": int(effects.order_journeys[i]),
            "orders_units": units[i],
            "gmv_fen": fen[i],
            "low_units": min(units[i], round(effects.share_low[i] * orders * SHARE_UNITS)) if known else 0,
            "high_units": max(units[i], round(effects.share_high[i] * orders * SHARE_UNITS)) if known else 0,
        }
        for i, channel in enumerate(effects.channels)
    }


def markov_effects(paths: pa.Table, replicates: int = REPLICATES) -> pa.Table:
    """int_attribution_paths (period_type, period, outcome, path, journeys, gmv_cny), sorted, to one row per period and channel.

    removal_effect is null where nothing ended in an order, and for `unattributed`. credit_orders in billionths of an order,
    credit_gmv_cny to the cent; credit_low and credit_high: 95 % of credit_orders over resampled journeys.
    """
    from concurrent.futures import ThreadPoolExecutor
    from itertools import accumulate

    import pyarrow as pa
    from threadpoolctl import threadpool_limits

    def of(found: tuple[str, str, int, int]) -> list[dict]:
        period_type, period, first, rows = found
        return period_rows(period_type, period, paths.slice(first, rows), replicates)

    # the rows of a period lie together, as a step's input is sorted
    counted = paths.group_by(["period_type", "period"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    ends = accumulate(period["count_all"] for period in counted)
    periods = [(p["period_type"], p["period"], end - p["count_all"], p["count_all"]) for p, end in zip(counted, ends, strict=True)]  # fmt: skip
    # two periods at a time, each in one thread: the order in which several threads add up would be another last digit
    with threadpool_limits(limits=1), ThreadPoolExecutor(2) as pool:
        rows = [row for found in pool.map(of, periods) for row in found]
    return pa.table(
        {
            "period_type": pa.array([r["period_type"] for r in rows], pa.string()),
            "period": pa.array([r["period"] for r in rows], pa.string()),
            "channel": pa.array([r["channel"] for r in rows], pa.string()),
            "removal_effect": pa.array([r["removal_effect"] for r in rows], pa.float64()),
            "journeys": pa.array([r["journeys"] for r in rows], pa.int64()),
            "order_journeys": pa.array([r["order_journeys"] for r in rows], pa.int64()),
            "credit_orders": _decimals([r["orders_units"] for r in rows], 9),
            "credit_gmv_cny": _decimals([r["gmv_fen"] for r in rows], 2),
            "credit_low": _decimals([r["low_units"] for r in rows], 9),
            "credit_high": _decimals([r["high_units"] for r in rows], 9),
        }
    )


def _decimals(units: list[int], places: int) -> pa.Array:
    from decimal import Decimal

    import pyarrow as pa

    return pa.array([Decimal(u).scaleb(-places) for u in units], pa.decimal128(18, places))

"""Incidents (突发事件): every broken stream of a session, and now and then something else."""

from functools import lru_cache

import numpy as np

from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame, stack
from simulator.live import sessions_of_days
from simulator.rng import share, stream

KINDS = ("stream", "logistics", "public_opinion", "product", "other")
STREAM, LOGISTICS, PUBLIC_OPINION, PRODUCT, ELSE = range(5)
NOTES = (
    ("推流中断，切备用线路", "编码器死机，重启后恢复", "机房网络抖动，已切4G备份"),
    ("揽收积压，已联系网点加车", "分拨中心爆仓，部分包裹滞留", "面单系统故障，人工补打"),
    ("有达人发视频质疑成分，已出检测报告", "评论区集中反映色差", "同行恶意带节奏，法务跟进"),
    ("批次开线，已下架并召回", "质检抽查不合格，暂停销售", "临期批次混入，停发核查"),
    ("优惠券设置错误，已作废", "价格标错，十分钟内改回", "主播口误承诺赠品，已补发"),
)
LEVEL_ONE_OUTAGE = 8 * 60
RATE = 0.35


@lru_cache(maxsize=256)
def incidents_of_day(seed: int, day: int, products: int) -> Frame:
    """The incidents that start on `day` (days since 1970), by time; `products` is how many the catalogue has.

    Columns: incident_id, kind, level (1 = gravest), started_at, detected_at, responded_at, recovered_at, session_id and
    product_i (NONE where not applicable), words.
    """
    held = sessions_of_days(seed, day - 1, day)
    held = held.take((held.outage_from >= day * DAY) & (held.outage_from < day * DAY + DAY))
    long = held.outage_to - held.outage_from

    def seconds(salt: str, low: float, high: float) -> np.ndarray:
        return (low + (high - low) * share(held.session_id, seed, salt) ** 3).astype(np.int64)

    seen = held.outage_from + seconds("outage seen", 2, 40)
    streams = Frame(
        kind=np.full(held.rows, STREAM),
        level=np.where(long >= LEVEL_ONE_OUTAGE, 1, 2),
        started_at=held.outage_from,
        detected_at=seen,
        responded_at=np.minimum(seen + seconds("outage answered", 2, 90), held.outage_to),
        recovered_at=held.outage_to,
        session_id=held.session_id,
        product_i=np.full(held.rows, NONE),
    )
    found = stack([streams, _others(seed, day, products)])
    found = found.take(np.lexsort((found.session_id, found.started_at)))
    found["incident_id"] = day * 100 + np.arange(found.rows)
    return found


def _others(seed: int, day: int, products: int) -> Frame:
    draw = stream(seed, "incidents", day)
    count = int(draw.poisson(RATE))
    kind = draw.choice([LOGISTICS, PUBLIC_OPINION, PRODUCT, ELSE], count, p=[0.4, 0.2, 0.2, 0.2])
    level = draw.choice([1, 2, 3], count, p=[0.1, 0.35, 0.55])
    started = day * DAY + 9 * HOUR + draw.integers(0, 12 * HOUR, count)
    detected = started + draw.integers(300, 3 * HOUR, count)
    responded = detected + (level * draw.lognormal(np.log(900), 0.8, count)).astype(np.int64)
    return Frame(
        kind=kind,
        level=level,
        started_at=started,
        detected_at=detected,
        responded_at=responded,
        recovered_at=responded + draw.integers(HOUR, 30 * HOUR, count),
        session_id=np.full(count, NONE),
        product_i=np.where(kind == PRODUCT, draw.integers(0, products, count), NONE),
    )

"""What 抖店 pays the shop: settlements (结算) of completed lines, and every movement of money (动账) that follows."""

import numpy as np

from simulator import names
from simulator.aftersales import EXCHANGE
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame, stack
from simulator.rng import part, share
from simulator.world import Cohort, World

SERVICE_RATE = (0.05, 0.05, 0.02, 0.04, 0.03, 0.02)
"""技术服务费率, by names.CATEGORIES."""
COMMISSION_RATE = 0.15
ALLIANCE = 2
"""The creator (names.CREATORS) who sells for a commission (精选联盟)."""
LATER_SHARE, LATER_DAYS = 0.2, 3
"""Of the lines with a platform coupon, the share whose coupon is settled in a second line, so many days later."""
FREE_SHARE = 0.03
COMPENSATION_RATE, LEAST_COMPENSATION_FEN = 0.05, 300
(SETTLED, REFUNDED, FEES_BACK, SUBSIDY_BACK, INTEREST, COMPENSATED, WITHDRAWN) = range(7)
SCENES = (
    "货款结算入账",
    "退款-结算后退款-退用户",
    "退款-订单退款触发-退分账",
    "退款-订单退款触发-退补贴",
    "抖音月付与商家联合贴息活动",
    "消费者赔付",
    "提现",
)
PARTS = ("order", "freight", "platform", "creator", "pay_discount", "refund", "service", "commission")
"""What a movement consists of: 订单实付应结, 运费实付, 实际平台补贴, 实际达人补贴, 实际抖音支付补贴, 订单退款, 平台服务费, 佣金."""


def settlements(world: World, cohort: Cohort) -> Frame:
    """Every settlement line that the lines of the cohort (抖店 only) will ever have, by line and time.

    A completed line settles some hours after completion, or after the end of an after-sales case that was open then;
    not at all when it was refunded whole before. Some platform coupons come in a second line. Money in fen:
    net = income - service - commission - offsite; income = buyer + subsidies - refund_before. Columns: line_i,
    settled_at, later (the second line), buyer_fen, pay_discount_fen, platform_fen, creator_fen, refund_before_fen,
    income_fen, service_fen, free_fen (the service fee that was waived), commission_fen, net_fen.
    """
    lines, orders = cohort.lines, cohort.orders
    ids = lines.sub_order_id
    moment = lines.completed_at + 6 * HOUR + part(ids, world.seed, "settle", 48 * HOUR)
    moment = _after_open_cases(cohort, moment)
    before = (lines.refunded_at != NONE) & (lines.refunded_at < moment)
    refund = np.where(before, lines.refund_fen, 0)
    settles = (lines.completed_at != NONE) & (refund < lines.payable_fen - lines.freight_fen)
    line_i = np.flatnonzero(settles)
    line = lines.take(line_i)
    later = (line.platform_borne_fen > 0) & (share(line.sub_order_id, world.seed, "later") < LATER_SHARE)
    first = Frame(
        line_i=line_i,
        settled_at=moment[line_i],
        later=np.zeros(len(line_i), bool),
        buyer_fen=line.payable_fen - line.pay_discount_fen,
        pay_discount_fen=line.pay_discount_fen,
        platform_fen=np.where(later, 0, line.platform_borne_fen),
        creator_fen=line.creator_borne_fen,
        refund_before_fen=refund[line_i],
    )
    none = np.zeros(int(later.sum()), np.int64)
    second = Frame(
        line_i=line_i[later],
        settled_at=moment[line_i[later]] + LATER_DAYS * DAY,
        later=np.ones(len(none), bool),
        buyer_fen=none,
        pay_discount_fen=none,
        platform_fen=line.platform_borne_fen[later],
        creator_fen=none,
        refund_before_fen=none,
    )
    rows = stack([first, second])
    rows = rows.take(np.lexsort((rows.later, rows.line_i)))
    return _with_fees(world, cohort, orders, rows)


def _after_open_cases(cohort: Cohort, moment: np.ndarray) -> np.ndarray:
    """The moments, moved past the end of the cases that are open then."""
    case = cohort.after_sales
    end = np.maximum(case.succeeded_at, case.closed_at)
    moved = moment.copy()
    # In order of application, so that a second case may move what the first has moved already.
    for kind in (False, True):
        rows = np.flatnonzero((case.succeeded_at != NONE) == kind)
        waits = (case.applied_at[rows] < moved[case.line_i[rows]]) & (end[rows] >= moved[case.line_i[rows]])
        np.maximum.at(moved, case.line_i[rows[waits]], end[rows[waits]] + HOUR)
    return moved


def _with_fees(world: World, cohort: Cohort, orders: Frame, rows: Frame) -> Frame:
    line = cohort.lines.take(rows.line_i)
    income = rows.buyer_fen + rows.pay_discount_fen + rows.platform_fen + rows.creator_fen - rows.refund_before_fen
    category = world.catalogue.products.category_i[world.catalogue.skus.product_i[line.sku]]
    service = (income * np.array(SERVICE_RATE)[category]).round().astype(np.int64)
    free = share(line.sub_order_id, world.seed, "free") < FREE_SHARE
    sold_for_commission = (orders.creator[line.order_i] == ALLIANCE) & ~rows.later
    commission = np.where(sold_for_commission, (income * COMMISSION_RATE).round(), 0).astype(np.int64)
    return Frame(
        rows,
        income_fen=income,
        service_fen=np.where(free, 0, service),
        free_fen=np.where(free, service, 0),
        commission_fen=commission,
        net_fen=income - np.where(free, 0, service) - commission,
    )


def flows(world: World, cohort: Cohort, settled: Frame) -> Frame:
    """The movements of money that the settlements and refunds of the cohort bring, by time; 提现 is not among them.

    Columns: scene (SCENES), moved_at, amount_fen (negative = 出账), the PARTS that it consists of (order, freight,
    ...; all 0 where the platform gives none), line_i, case_i (the after-sales case or NONE), flow_id.
    """
    rows = [_paid_in(cohort, settled), *_paid_back(cohort, settled), _interest(cohort, settled), _owed(cohort)]
    frame = stack(rows)
    frame = frame.take(frame.amount_fen != 0)
    return frame.take(np.lexsort((frame.flow_id, frame.moved_at)))


def _paid_in(cohort: Cohort, settled: Frame) -> Frame:
    freight = np.minimum(settled.buyer_fen, cohort.lines.freight_fen[settled.line_i])
    return _flow(
        cohort,
        SETTLED,
        settled.settled_at,
        settled.line_i,
        nth=settled.later,
        order=settled.buyer_fen - freight,
        freight=freight,
        platform=settled.platform_fen,
        creator=settled.creator_fen,
        pay_discount=settled.pay_discount_fen,
        refund=-settled.refund_before_fen,
        service=-settled.service_fen,
        commission=-settled.commission_fen,
    )


def _paid_back(cohort: Cohort, settled: Frame) -> list[Frame]:
    """Refunds of lines that had been settled before: the buyer's money goes, fees come back, subsidies go back.

    A refund before the settlement moves nothing here: the platform held the money.
    """
    case = cohort.after_sales
    main = np.full(cohort.lines.rows, NONE)
    rows = np.flatnonzero(~settled.later)
    main[settled.line_i[rows]] = rows
    case_i = np.flatnonzero((case.succeeded_at != NONE) & (case.kind != EXCHANGE) & (main[case.line_i] != NONE))
    case_i = case_i[settled.settled_at[main[case.line_i[case_i]]] <= case.succeeded_at[case_i]]
    back, line_i = case.take(case_i), case.line_i[case_i]
    paid_in = settled.take(main[line_i])
    refund = back.goods_fen + back.freight_fen
    measure = refund / np.maximum(1, cohort.lines.payable_fen[line_i])

    def share_of(column: str) -> np.ndarray:
        return (paid_in[column] * measure).astype(np.int64)

    fees = {"service": share_of("service_fen"), "commission": share_of("commission_fen")}
    subsidies = {"platform": -share_of("platform_fen"), "creator": -share_of("creator_fen")}
    return [
        _flow(cohort, scene, back.succeeded_at + delay, line_i, case_i, **parts)
        for scene, delay, parts in (
            (REFUNDED, 0, {"refund": -refund}),
            (FEES_BACK, 40, fees),
            (SUBSIDY_BACK, 60, subsidies),
        )
    ]


def _interest(cohort: Cohort, settled: Frame) -> Frame:
    """The shop's share of interest for orders paid by instalments (月付贴息)."""
    order_i = cohort.lines.order_i[settled.line_i]
    rows = np.flatnonzero((by_instalments(cohort.orders.pay_method[order_i])) & ~settled.later)
    return _flow(
        cohort,
        INTEREST,
        settled.settled_at[rows] + 120,
        settled.line_i[rows],
        amount=-(settled.income_fen[rows] // 100),
    )


def by_instalments(pay_method: np.ndarray) -> np.ndarray:
    """Whether each payment method is DOU分期."""
    return pay_method == next(i for i, (name, _) in enumerate(names.PAY_METHODS) if name.startswith("DOU"))


def _owed(cohort: Cohort) -> Frame:
    """What buyers get for lines that were shipped later than promised (消费者赔付)."""
    lines, promised = cohort.lines, cohort.orders.promised_at[cohort.lines.order_i]
    late = np.flatnonzero((lines.nth == 0) & (lines.shipped_at != NONE) & (lines.shipped_at > promised))
    owed = np.maximum(LEAST_COMPENSATION_FEN, (lines.payable_fen[late] * COMPENSATION_RATE).astype(np.int64))
    return _flow(cohort, COMPENSATED, lines.shipped_at[late] + 2 * DAY, late, amount=-owed)


def _flow(
    cohort: Cohort,
    scene: int,
    moved_at: np.ndarray,
    line_i: np.ndarray,
    case_i: np.ndarray | None = None,
    *,
    nth: np.ndarray | int = 0,
    amount: np.ndarray | None = None,
    **parts: np.ndarray,
) -> Frame:
    """One kind of movement; the amount is the sum of its parts unless it is given."""
    count = len(line_i)
    known_parts = {name: parts.get(name, np.zeros(count, np.int64)) for name in PARTS}
    return Frame(
        scene=np.full(count, scene),
        moved_at=moved_at,
        amount_fen=sum(known_parts.values()) if amount is None else amount,
        line_i=line_i,
        case_i=np.full(count, NONE) if case_i is None else case_i,
        # A line's own last digit is 1 to 3; its second settlement takes 5 to 7.
        flow_id=cohort.lines.sub_order_id[line_i] % 10**18 + 10**18 * (1 + scene) + 4 * np.asarray(nth, np.int64),
        **known_parts,
    )


def withdrawals(net_by_day: dict[int, int], until: int) -> Frame:
    """提现 every Monday at 10:00 up to `until`: what the seven days before brought, in whole yuan.

    `net_by_day` maps days (since 1970) to the net fen that came in. Columns: moved_at, amount_fen (negative), flow_id.
    """
    days = [day for day in range(min(net_by_day, default=0), until // DAY + 1) if (day + 3) % 7 == 0]
    sums = [sum(net_by_day.get(day - back, 0) for back in range(1, 8)) // 100 * 100 for day in days]
    rows = [(day, fen) for day, fen in zip(days, sums, strict=True) if fen > 0 and day * DAY + 10 * HOUR <= until]
    day = np.array([row[0] for row in rows], np.int64)
    return Frame(
        moved_at=day * DAY + 10 * HOUR,
        amount_fen=-np.array([row[1] for row in rows], np.int64),
        flow_id=10**18 * (1 + WITHDRAWN) + day * 10 + 1,
    )

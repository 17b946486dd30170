"""罗盘 直播明细 (下载明细): one row per session of the 抖音 accounts, XLSX; refunds grow from download to download."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.days import HOUR
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.live.accounts import ACCOUNTS, DOUYIN
from simulator.live.rooms import rooms_of
from simulator.live.totals import net_fen, session_totals
from simulator.rng import share
from simulator.text import TEXT, const, pick, stamps
from simulator.xlsx import write_xlsx

LONGEST_SPAN_DAYS = 31
MATURING_DAYS = 15
"""A daily download holds this many days, so that each session is seen at D0, D1, D7 and D14."""
COMMISSION = 0.12
"""达人 accounts earn this share of what they sell; the company's own earn nothing."""


def write(export: Export) -> Iterator[Path]:
    """The last 15 days for one day; a history as downloads of at most 31 days, the first in the 54-column layout."""
    if not export.is_history:
        yield _file(export, export.until - timedelta(days=MATURING_DAYS - 1), export.until)
        return
    first, columns = export.since, 54
    while first <= export.until:
        last = min(export.until, first + timedelta(days=LONGEST_SPAN_DAYS - 1))
        yield _file(export, first, last, columns)
        first, columns = last + timedelta(days=1), 55
    # And the newest week once more, in the layout of today.
    yield _file(export, max(export.since, export.until - timedelta(days=6)), export.until)


def _file(export: Export, first: date, last: date, columns: int = 55) -> Path:
    first = max(first, export.world.first_day)
    name = f"直播明细_{first:%Y%m%d}-{last:%Y%m%d}" + ("_54列" if columns == 54 else "")
    return write_xlsx(
        export.path("douyin", "live_sessions", name, suffix="xlsx"),
        "直播明细",
        session_columns(export, first, last, with_incentive=columns == 55),
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
    )


def session_columns(export: Export, first: date, last: date, with_incentive: bool) -> dict[str, pa.Array]:
    """The cells of the download for the sessions that start on first..last, as known at the export."""
    rooms = rooms_of(export.world, first, last)
    totals = session_totals(export.world.seed, rooms, export.at)
    mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN)[::-1]  # newest first
    held, total = rooms.sessions.take(mine), totals.take(mine)
    hours = total.seconds / HOUR
    none = "-" if export.has("dash_nulls") else ""
    blank = const(none, held.rows)
    some = share(held.session_id, export.world.seed, "compass")

    def cny(fen: np.ndarray) -> pa.Array:
        value = np.asarray(fen) / 100
        noisy = (value > 0) & export.has("long_floats")
        return pa.array(np.where(noisy, np.nextafter(value, np.inf), value))

    def rate(top: np.ndarray, bottom: np.ndarray) -> pa.Array:
        """A fraction as text; `-` where there is nothing to divide by."""
        value = pa.array(top / np.maximum(bottom, 1)).cast(TEXT)
        return pc.if_else(pa.array(bottom > 0), value, pa.scalar(none, TEXT))

    accounts = list(ACCOUNTS)
    partner = np.array([a.creator != 1 for a in accounts])[held.account_i]
    columns = {
        "主播头像": pick(held.account_i, [f"https://p3.douyinpic.example/aweme/{a.account_id}.jpeg" for a in accounts]),
        "主播昵称": pick(held.account_i, [a.name for a in accounts]),
        "主播抖音号": pick(held.account_i, [a.account_id for a in accounts]),
        "直播开始时间": _slashed(held.starts_at),
        "直播结束时间": _slashed(held.ends_at),
        "直播时长(分钟)": pa.array(total.seconds // 60),
        "直播间曝光人数": pa.array(total.exposed),
        "直播间曝光次数": pa.array(total.exposures),
        "直播间观看人数": pa.array(total.viewers),
        "单小时观看人数": pa.array(total.viewers / hours),
        "直播间观看次数": pa.array(total.enters),
        "直播激励观看次数": pa.array((total.enters * 0.02 * some).astype(np.int64)),
        "最高在线人数": pa.array(total.peak_online),
        "平均在线人数": pa.array(total.mean_online),
        "人均观看时长(分钟)": rate(total.watch_minutes, total.viewers),
        "评论次数": pa.array(total.comments),
        "新加直播团人数": pa.array(total.fans_club),
        "新增粉丝数": pa.array(total.follows),
        "取关粉丝数": pa.array((total.follows * 0.2 * some).astype(np.int64)),
        "观看老粉占比": pa.array(0.25 + 0.3 * some),
        "带货商品数": pa.array(total.listed),
        "直播间商品曝光人数": pa.array(total.product_viewers),
        "直播间商品点击人数": pa.array(total.product_clickers),
        "直播间商品曝光次数": pa.array(total.product_exposures),
        "直播间商品点击次数": pa.array(total.product_clicks),
        "直播间成交订单数": pa.array(total.paid_orders),
        "直播间成交金额": cny(total.gmv_fen),
        "直播间用户支付金额": cny(total.user_paid_fen),
        "单小时用户支付金额": pa.array(total.user_paid_fen / 100 / hours),
        "直播间成交件数": pa.array(total.pieces),
        "直播间成交人数": pa.array(total.buyers),
        "直播间退款订单数": pa.array(total.refund_orders),
        "直播间退款金额": cny(total.refund_fen),
        "直播间退款人数": pa.array(total.refund_buyers),
        "预估佣金支出": cny(np.where(partner, total.gmv_fen * COMMISSION, 0)),
        "商品曝光-点击率(次数)": rate(total.product_clicks, total.product_exposures),
        "商品曝光-点击率(人数)": rate(total.product_clickers, total.product_viewers),
        "商品点击-成交率(次数)": rate(total.paid_orders, total.product_clicks),
        "商品点击-成交率(人数)": rate(total.buyers, total.product_clickers),
        "观看-成交率(次数)": rate(total.paid_orders, total.enters),
        "观看-成交率(人数)": rate(total.buyers, total.viewers),
        "预售订单数": blank,
        "预售全款金额": blank,
        "新加购物团人数": pa.array((total.fans_club * 0.5).astype(np.int64)),
    }
    columns |= _money_columns(total, cny, rate)
    if not with_incentive:
        del columns["直播激励观看次数"]
    return columns


def _money_columns(total: Frame, cny, rate) -> dict[str, pa.Array]:
    """The last eleven columns: two scopes of ad spend that differ from each other and from 千川's, net, vouchers."""
    return {
        "投放消耗(店铺绑定)": cny((total.ad_spend_fen * 0.9).astype(np.int64)),
        "投放消耗(店铺被投)": cny((total.ad_spend_fen * 1.04).astype(np.int64)),
        "净成交金额": cny(net_fen(total)),
        "净成交订单数": pa.array(total.paid_orders - total.refund_1h_orders),
        "1小时退款金额": cny(total.refund_1h_fen),
        "1小时退款订单数": pa.array(total.refund_1h_orders),
        "1小时退款率": rate(total.refund_1h_fen, total.gmv_fen),
        "消费券引导支付金额": cny(total.voucher_paid_fen),
        "消费券引导支付占比": rate(total.voucher_paid_fen, total.user_paid_fen),
        "消费券补贴金额": cny(total.voucher_fen),
        "消费券使用量": pa.array(total.voucher_orders),
    }


def _slashed(seconds: np.ndarray) -> pa.Array:
    """2026/09/07 08:55:37."""
    return pc.replace_substring(stamps(seconds), "-", "/")

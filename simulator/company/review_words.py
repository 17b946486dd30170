"""The words of reviews: several ways to say each thing, with emoji, slips of the pen and asides, chosen by number."""

import numpy as np
import pyarrow as pa

from simulator.company.reviews import CAUSES
from simulator.frame import NONE, Frame
from simulator.text import join, numbers, pick, where

OPENINGS = (
    "",
    "",
    "",
    "说实话，",
    "第一次在直播间买，",
    "上周拍的，",
    "给家里人买的，",
    "拍了两件，",
    "老粉了，",
    "看直播冲的，",
)
BODIES = {
    "quality": (
        "用了两天就坏了", "做工很粗糙，到处是线头", "质量太差，一洗就掉色", "收到就有瑕疵", "质里不行，开线了", "根本没法用，漏的", "味道刺鼻，不敢用",
        "一碰就掉漆", "面料起球严重，穿一次就不想穿了", "充不进电，是次品吧",
    ),
    "size": (
        "尺码偏小很多", "按尺码表买的还是穿不上", "大了两个号", "码数不准，腰紧得要命", "尺寸不对，比标的短一截", "号偏小，客服推荐的码也不合适", "袖子太长，版型奇怪",
    ),
    "description": (
        "和直播里说的完全不一样", "颜色跟图片差太多", "实物与描述不符", "宣传说加厚，收到薄得透光", "主播说送赠品，根本没有", "货不对板", "图片P得太狠了，色差大", "说好的两件装只有一件",
    ),
    "logistics": (
        "物流太慢了，等了一个多星期", "快递一直不动，催了也没用", "发货慢，超时了才发", "说48小时发货，结果拖了好几天", "快递送错地方了", "包裹在中转站停了三天", "到货太晚，都用不上了", "快弟太慢",
    ),
    "packaging": ("包装都压扁了", "盒子破了，里面洒了一半", "没有泡沫保护，磕坏一个角", "外箱湿透了", "就一个塑料袋裹着，太简陋", "瓶盖没拧紧，漏了一箱子"),
    "service": ("客服半天不回", "问了三次没人理", "客服态度很差", "售后推来推去", "客服只会复制粘贴", "找人工找了一天都找不到"),
    "price": ("刚买完就降价了", "别家便宜好几十", "不值这个价", "买贵了，隔壁直播间更便宜", "价格虚高，优惠是假的", "第二天就便宜二十块，不给保价"),
    "other": ("不喜欢", "一般般吧，没什么用", "后悔买了", "冲动消费", "家里人说不好", "跟风买的，鸡肋"),
    "good": (
        "质量很好，物超所值", "物流很快，第二天就到了", "尺码正好，穿着舒服", "主播介绍得很详细，和描述一致", "包装很用心", "回购第三次了", "性价比高", "客服很耐心", "味道不错，家里人都喜欢",
        "颜色好看，显白", "比想象中好", "孩子很喜欢", "做工精细", "好评", "价格便宜又好用",
    ),
    "fair": ("还行吧", "中规中矩", "物流慢了点，东西还可以", "一分钱一分货", "没有想象中好，但能用", "颜色一般，其他还行"),
}  # fmt: skip
MIXED = (
    "包装有点简单，不过东西很好",
    "发货慢了一天，但是质量没得说",
    "差点以为买贵了，用了觉得值",
    "客服回得慢，衣服倒是合身",
    "盒子压了一下，里面完好",
)
"""Good reviews that name a complaint: what a search for words alone takes for a bad one (quirk mixed_reviews)."""
CROSS_ENDS = ("", "！", "！！！", "，差评", "，退货了", "，不会再买", " 😡", "👎", "……", "，别买", "，失望", "🙄")
GLAD_ENDS = ("", "", "。", "！", "👍", " 😊", "，会回购", "，推荐", "❤️❤️", "~", "，赞")
_GROUPS = (*CAUSES, "good", "fair")
_BODIES = [body for group in _GROUPS for body in BODIES[group]]
_SIZES = np.array([len(BODIES[group]) for group in _GROUPS])
_STARTS = np.cumsum(_SIZES) - _SIZES


def review_texts(reviews: Frame, phones: np.ndarray, *, mixed: bool, with_phones: bool) -> pa.Array:
    """The text of each review; `phones` (one a review) are written into a hundredth of them where asked."""
    words = reviews.words
    group = np.where(reviews.cause != NONE, reviews.cause, np.where(reviews.rating == 3, len(CAUSES) + 1, len(CAUSES)))
    body = pick(_STARTS[group] + words % 9973 % _SIZES[group], _BODIES)
    if mixed:
        odd = (reviews.cause == NONE) & (reviews.variety < 0.04)
        body = where(odd, pick(words % len(MIXED), MIXED), body)
    cross = reviews.cause != NONE
    end = where(cross, pick(words // 97 % len(CROSS_ENDS), CROSS_ENDS), pick(words // 97 % len(GLAD_ENDS), GLAD_ENDS))
    text = join(pick(words // 31 % len(OPENINGS), OPENINGS), body, end)
    if not with_phones:
        return text
    told = share_of(reviews.variety, 0.97, 0.98)
    return where(told, join(text, "，有问题打我电话", numbers(phones)), text)


def share_of(variety: np.ndarray, low: float, high: float) -> np.ndarray:
    """The rows whose variety lies in [low, high)."""
    return (variety >= low) & (variety < high)

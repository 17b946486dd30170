"""The words of scripts (话术), with the forbidden ones (违禁词) that some hold."""

import numpy as np
import pyarrow as pa

from simulator.frame import NONE, Frame
from simulator.text import join, pick, where

FORBIDDEN = (
    "全网最低价",
    "国家级品质",
    "100%有效",
    "根治",
    "第一品牌",
    "绝对安全",
    "永不起球",
    "史上最低",
    "药用级",
    "最后一天，错过再等一年",
)
REVIEWERS = ("王敏", "赵倩", "陈思远")
VERDICTS = ("退回修改", "通过")
_HELLO = (
    "欢迎新进直播间的家人们，先点个关注",
    "家人们晚上好，今天给大家带来福利专场",
    "刚进来的宝宝扣个1",
    "咱们直播间老粉都知道，主播从不玩套路",
)
_GOODS = (
    "这款用的是长绒棉，透气吸汗，夏天穿不闷",
    "成分表打在公屏上了，大家自己看",
    "独立小包装，放包里不占地方",
    "三档可调，一次充电用两天",
    "尺码从S到3XL都有，一百八十斤也能穿",
)
_OFFER = ("今天下单立减20，再送运费险", "前一百名送同款小样", "拍一发二，数量有限", "领券再拍，到手价打在屏幕上")
_CLOSE = (
    "三二一上链接",
    "有问题问客服，七天无理由",
    "下一款先预告一下，大家别走开",
    "没抢到的扣没有，我看看能不能加库存",
)
_FRAMES = ("这个价格真的是{}", "我敢说这就是{}", "咱家这款{}", "大家记住四个字，{}")


def script_texts(scripts: Frame) -> pa.Array:
    """The text of each script: four sentences, and a fifth with the forbidden word where one is planted."""
    words = scripts.words
    parts = [
        pick(words // step % len(choice), choice)
        for step, choice in ((1, _HELLO), (11, _GOODS), (101, _OFFER), (1009, _CLOSE))
    ]
    plain = join(*parts, glue="。")
    bold = [frame.format(word) for frame in _FRAMES for word in FORBIDDEN]
    said = pick((words // 7 % len(_FRAMES)) * len(FORBIDDEN) + np.maximum(scripts.forbidden, 0) % len(FORBIDDEN), bold)
    return where(scripts.forbidden != NONE, join(parts[0], parts[1], said, parts[2], parts[3], glue="。"), plain)


def forbidden_word(scripts: Frame) -> pa.Array:
    """The forbidden word that each script holds, "" without one: the planted truth."""
    return pick(np.where(scripts.forbidden == NONE, NONE, scripts.forbidden % len(FORBIDDEN)), FORBIDDEN)

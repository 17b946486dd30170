"""What people write in a live room (弹幕), by intent: {goods} is the thing being explained."""

INTENTS = ("price", "size", "quality", "logistics", "stock", "praise", "stream", "service", "other")
(PRICE, SIZE, QUALITY, LOGISTICS, STOCK, PRAISE, STREAM, SERVICE, OTHER) = range(len(INTENTS))
RISKY = "risky"

# intent -> (usual share, phrases). `stream` and `service` are topics; comment_topics of the marts calls them other.
PHRASES: dict[int, tuple[float, tuple[str, ...]]] = {
    PRICE: (
        0.2,
        (
            "{goods}多少钱", "{goods}还能便宜吗", "有没有优惠券", "比昨天贵了呀", "价格能再低点不", "{goods}什么价",
            "今天最低价是多少", "能不能再降十块", "双十一会更便宜吗", "主播给个福利价呗", "券怎么领", "满减怎么算",
        ),
    ),
    SIZE: (
        0.15,
        (
            "160 100斤穿什么码", "{goods}有大码吗", "尺码偏大还是偏小", "身高165体重120选哪个码", "{goods}多大容量",
            "L码还是XL码合适", "腰围多少", "{goods}尺寸报一下", "胖妹妹能穿吗", "码数怎么选",
        ),
    ),
    QUALITY: (
        0.13,
        (
            "{goods}是正品吗", "{goods}会不会掉色", "什么材质的", "{goods}起球吗", "质量怎么样", "保质期多久",
            "敏感肌能用吗", "成分看一下", "{goods}有质检报告吗", "上次买的坏了", "会不会漏",
        ),
    ),
    LOGISTICS: (
        0.1,
        (
            "什么时候发货", "发什么快递", "新疆包邮吗", "几天能到", "我的快递怎么还没到", "能发顺丰吗",
            "从哪里发货", "今天拍今天发吗", "物流三天没动了",
        ),
    ),
    STOCK: (
        0.1,
        (
            "{goods}还有货吗", "怎么没库存了", "什么时候补货", "抢不到啊", "能加点库存吗", "{goods}下架了?",
            "上一下链接", "{goods}是预售吗", "几号链接",
        ),
    ),
    PRAISE: (
        0.16,
        (
            "{goods}好好看", "已拍", "回购三次了", "主播讲得真清楚", "太划算了", "喜欢喜欢", "支持主播", "上次买的很好用",
            "拍了两份", "性价比高", "{goods}绝了", "爱了爱了",
        ),
    ),
    STREAM: (0.02, ("没声音了", "卡了", "画面糊了", "听不清", "怎么黑屏了")),
    SERVICE: (
        0.03,
        ("客服怎么不回", "退款多久到账", "怎么申请售后", "订单号发给谁", "客服电话多少", "退货运费谁出"),
    ),
    OTHER: (
        0.11,
        ("主播晚上好", "刚来", "111", "6", "哈哈哈", "主播在哪里", "关注了", "有人吗", "主播衣服链接", "小姐姐叫什么"),
    ),
}  # fmt: skip
RISKY_PHRASES = ("假货吧", "骗人的", "用了过敏烂脸", "我要投诉到12315", "虚假宣传", "举报了")
"""Comments that someone has to answer: they are quality, praise's opposite; the truth marks them is_risky."""
DECORATIONS = ("", "[玫瑰]", "[赞]", "!!!", "，谢谢", "\u200b", "\n在线等", ', "急"', "～", "[捂脸][捂脸]", "。。。")
"""Emoji in brackets, commas (full and half width), quotation marks, a line break, a zero-width space."""
NICKNAMES = (
    "爱吃桃子",
    "南风",
    "阿May",
    "小橘子🍊",
    "momo",
    "北城以北",
    "一只胖头鱼",
    "夏天的风",
    "L.",
    "用户",
    "清欢",
    "老王家的",
)
GIFTS = (
    ("463", "小心心", 1),
    ("685", "玫瑰", 1),
    ("3992", "粉丝团灯牌", 1),
    ("165", "棒棒糖", 9),
    ("1559", "私人飞机", 3000),
)

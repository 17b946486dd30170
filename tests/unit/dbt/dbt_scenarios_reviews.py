"""Scenarios of reviews: causes, a changed review, one text in many mouths, good reviews that name a fault."""

from __future__ import annotations


def add(raw: dict) -> None:
    """RV1: four bad of six in September, one in October; RV2: only good ones."""

    def review(
        review_id: str, product: str, rating: int, content: str, at: str = "2026-09-10 10:00:00", **more
    ) -> dict:
        return {
            "review_id": review_id,
            "product_id": product,
            "reviewed_at": at,
            "rating": rating,
            "content": content,
        } | more

    raw["shop__reviews"] += [
        review("rv-1", "RV1", 1, "洗一次就起球，线头一堆"),
        review("rv-2", "RV1", 2, "洗一次就起球，线头一堆"),
        review("rv-3", "RV1", 1, "客服态度很差，一直不回复"),
        review("rv-4", "RV1", 2, "质量挺好，就是物流太慢，等了十天"),
        review("rv-5", "RV1", 5, "洗一次就起球，线头一堆"),  # the same words under five stars complain of nothing
        review("rv-6", "RV1", 3, "还行"),
        review("rv-7", "RV1", 1, "刚买完就降价了", at="2026-10-01 00:00:00"),
        review("rv-8", "RV2", 5, "很好"),
        review("rv-9", "RV2", 1, "尺码偏小", _exported_at="2026-09-20 02:00:00", _load_id="old"),
        review("rv-9", "RV2", 4, "客服换了大一码，合适了"),  # changed by its buyer since
    ]

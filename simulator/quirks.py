"""The oddities of real exports, each switchable alone: name -> what it does."""

from collections.abc import Iterable

QUIRKS: dict[str, str] = {
    "tab_ids": "ids of some order CSVs carry a trailing tab",
    "apostrophe_ids": "ids of some order CSVs carry a leading apostrophe",
    "dash_nulls": "a missing value is written `-` instead of left blank",
    "thousands_commas": "amounts above 999 yuan carry thousands commas",
    "phones_in_notes": "buyers write a plain phone number into 买家留言",
    "newlines_in_notes": "some 买家留言 hold commas, quotation marks and line breaks",
    "next_day_placeholder": "流量体裁/流量渠道 of the last day read 数据将于第二天更新 until the next export",
    "discount_as_text": "商家优惠 sometimes holds `名称-金额` instead of an amount",
    "repeated_header": "one history order file was joined from two exports and repeats its header",
    "total_row": "one history order file ends with a 合计 row",
    "no_export_time_in_name": "one history order file's name does not say when it was exported",
    "bag_columns": "a further order file in the 90-column layout (74 + 16 福袋采购 columns)",
    "mangled_ids": "two rows of the 90-column file went through Excel: their ids read 6.96E+18",
    "fullwidth_comma_status": "some refunded lines read 同意退款，退款成功 (full-width comma inside the value)",
    "xlsx_inline_strings": "workbooks store inline strings instead of a shared string table",
    "xlsx_wrong_dimension": 'workbooks declare <dimension ref="A1">',
    "ad_total_row": "the downloaded ad report ends with a 日期=全部 row whose ids are `-`",
    "ad_percent_text": "percentages of the downloaded ad report are text such as 3.21%",
    "repeated_track_event": "a parcel event appears twice with another text",
    "courier_phones": "parcel texts name couriers and their phones",
    "push_envelopes": "some tracks come as push envelopes (param.lastResult)",
    "push_param_text": "half of the push envelopes hold param as JSON text, as the form field does",
    "empty_tracks": "parcels just shipped are answered with an empty data list",
    "stock_xls": "one history day of stock also comes as a genuine OLE2 .xls without a warehouse column",
    "settlement_note_row": "the row under the header of the settlement bill is a note, not data",
    "old_fund_layout": "the older fund bill has 30 columns and spells 动账流水号",
    "apostrophe_fund_ids": "ids of the fund bill carry a leading apostrophe",
    "yuan_signs": "amounts of the 快手 export carry a ¥",
    "late_orders": "a few 快手 orders of an export's last day come only with the next export",
    "slash_dates": "times of the 快手 export are written 2026/09/01 10:00:00",
    "kuaishou_optional_columns": "one 快手 file has 国补类型 and one lacks 预估推广佣金",
    "weixin_brackets": "one 视频号 file writes its headers with brackets of the other width",
    "formula_ids": '淘宝 ids are written ="123..."',
    "no_refund_text": "淘宝 writes 无退款申请 into the refund column",
    "merged_order_ids": "an ERP order that merges platform orders names them joined by a comma",
    "mixed_time_types": "旺店通 gives trade_time and pay_time in milliseconds beside consign_time as text",
    "jst_missing_space": "聚水潭 times sometimes lack the space: 2026-09-0916:28:12",
    "jst_files": "one history day of stock and one of sales also come from 聚水潭",
    "percent_encoded_utm": "utm values hold percent-encoded Chinese",
    "unexpanded_macros": "some ad landing pages keep __CID__ / __AID__ unexpanded",
    "unmapped_sources": "some visits carry a utm_source nobody declared",
    "messy_utm": "utm parameters in other letter case, doubled, or behind the # of the address",
    "phones_in_reviews": "some 商品评价 hold the buyer's plain phone number",
    "mixed_reviews": "some good reviews name a complaint in passing",
    "reviews_jsonl": "the second history file of reviews is JSONL with the same keys",
    "phones_in_tickets": "agents write a buyer's phone number into a ticket's solution",
    "phone_member_ids": "a tenth of the members carry their phone as 会员号",
    "iso_times": "member events are stamped in ISO 8601 with their zone",
    "crossover_units": "a hundredth of an experiment's units is logged in a second variant too",
    "phones_in_incidents": "incident notes name a contact's phone number",
    "phones_in_nicknames": "some nicknames in 企业微信 groups hold a phone number",
    "comments_csv": "the comments of a history's first day are a plain CSV: time, nickname, content",
    "phones_in_comments": "some viewers write their phone number into a comment",
    "repeated_messages": "the live stream repeats some messages after a reconnect",
    "english_headers": "the 推素材 download comes with an English header",
    "material_aggregate": "the 素材日报 begins with a row 视频素材集合 that sums the others and has no id",
    "broken_headers": "a header cell of the 素材日报 holds a line break",
    "yuan_marks": "amounts of the 追投 download carry a ¥",
    "long_floats": "money of the live session list is written as a binary float: 943.1100000000001",
    "room_in_file_name": "the answer of one room's minutes does not name the room; the file's name does",
}


def resolve(quirks: Iterable[str] | None) -> frozenset[str]:
    """The set to write with: all of them for None; raises ValueError for an unknown name."""
    if quirks is None:
        return frozenset(QUIRKS)
    chosen = frozenset(quirks)
    unknown = sorted(chosen - QUIRKS.keys())
    if unknown:
        raise ValueError(f"unknown quirk {', '.join(unknown)}; known: {', '.join(sorted(QUIRKS))}")
    return chosen

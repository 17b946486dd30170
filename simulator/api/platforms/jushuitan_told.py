"""What 聚水潭 tells of stock, stock-outs, purchases and receipts, made from the documents of 旺店通: the same facts, its words.

Field names are those of one SDK (io.github.ieu jst) and of one loader; no other public source confirms them.
"""

from typing import Any

from simulator import names
from simulator.api.platforms import wangdiantong
from simulator.api.platforms.exported import Item

FIRST_WAREHOUSE = 10_001
_OUT_STATUS = {5: "Cancelled", 10: "Cancelled", 110: "Confirmed"}
_ORDER_STATUS = {10: "Cancelled", 20: "Creating", 30: "WaitConfirm", 90: "Finished"}
_IN_STATUS = {10: "Cancelled", 80: "Confirmed"}


def over_warehouses(items: list[Item]) -> list[Item]:
    """One row a sku, all warehouses together, which then name no warehouse."""
    summed: dict[str, Item] = {}
    for item in items:
        row = summed.setdefault(item["sku_id"], {k: v for k, v in item.items() if k != "wms_co_id"})
        if row["ts"] != item["ts"]:
            for name in (k for k in row if k.endswith(("qty", "_lock"))):
                row[name] += item[name]
    return list(summed.values())


def _warehouse(number: str) -> int:
    return FIRST_WAREHOUSE + [w[0] for w in names.WAREHOUSES].index(number)


def _digits(code: str) -> int:
    """聚水潭 numbers its suppliers."""
    return int("".join(c for c in code if c.isdigit()) or 0)


def _whole(value: Any) -> int:
    return int(float(value or 0))


def stock(item: Item) -> Item:
    return {
        "sku_id": item["spec_no"], "i_id": item["goods_no"], "name": item["goods_name"],
        "qty": _whole(item["stock_num"]), "order_lock": _whole(item["order_num"]) + _whole(item["sending_num"]),
        "pick_lock": _whole(item["sending_num"]), "virtual_qty": 0, "purchase_qty": _whole(item["purchase_num"]),
        "return_qty": 0, "in_qty": 0, "defective_qty": 0, "lock_qty": _whole(item["lock_num"]), "allocate_qty": 0,
        "sale_refund_qty": _whole(item["refund_onway_num"]), "min_qty": 0, "max_qty": 0,
        "customize_qty_1": 0, "customize_qty_2": 0, "customize_qty_3": 0,
        "modified": wangdiantong.modified(item), "ts": int(item["rec_id"]), "wms_co_id": _warehouse(item["warehouse_no"]),
    }  # fmt: skip


def stock_out(item: Item) -> Item:
    """orders/out/simple/query: the stock-out order with its goods; receiver fields masked, as the platform gives them."""
    status = _OUT_STATUS.get(int(item["status"]), "WaitConfirm")
    number = int(item["stockout_id"])
    return {
        "io_id": number, "o_id": number + 500_000, "so_id": item["src_trade_no"], "co_id": 10_001, "shop_id": names.SHOP_ID,
        "shop_name": item.get("shop_name", names.SHOP_NAME), "status": status, "order_type": "普通订单", "ts": number,
        "created": item["created_date"], "modified": wangdiantong.modified(item), "io_date": item.get("consign_time"),
        "l_id": item["logistics_no"], "logistics_company": item["logistics_name"], "lc_id": item.get("logistics_code", ""),
        "wms_co_id": _warehouse(item["warehouse_no"]), "paid_amount": item.get("paid"), "pay_amount": item.get("receivable"),
        "receiver_name": "张**", "receiver_mobile": "1**********", "receiver_address": "****",
        "items": [
            {
                "ioi_id": int(line["rec_id"]), "sku_id": line["spec_no"], "i_id": line["goods_no"], "name": line["goods_name"],
                "qty": _whole(line["goods_count"]), "sale_price": line.get("sell_price"), "sale_amount": line.get("share_amount"),
                "is_gift": False, "raw_so_id": item["src_trade_no"].split(",")[0],
            }
            for line in item["details_list"]
        ],
    }  # fmt: skip


def purchase(item: Item) -> Item:
    """purchase/query: the order and its goods; status in words, 收货状态 beside it."""
    received = {0: "Not_Received", 1: "Part_Received", 2: "Received"}.get(int(item["stockin_status"]), "Timeout")
    return {
        "po_id": int(item["purchase_id"]), "so_id": item["purchase_no"], "po_date": wangdiantong.moment(item["created"]),
        "status": _ORDER_STATUS.get(int(item["status"]), "Confirmed"), "receive_status": received,
        "supplier_id": _digits(item["provider_no"]), "seller": item["provider_name"], "wms_co_id": _warehouse(item["warehouse_no"]),
        "modified": wangdiantong.modified(item), "confirm_date": wangdiantong.moment(item["check_time"]),
        "freight": item.get("post_fee", 0), "remark": item.get("remark", ""),
        "items": [
            {
                "poi_id": int(line["rec_id"]), "po_id": int(item["purchase_id"]), "sku_id": line["spec_no"], "i_id": line["goods_no"],
                "name": line["goods_name"], "qty": _whole(line["num"]), "price": line["price"],
                "inqty": _whole(line["stockin_num"]), "delivery_date": wangdiantong.moment(item.get("expect_arrive_time")),
            }
            for line in item["detail_list"]
        ],
    }  # fmt: skip


def stock_in(item: Item) -> Item:
    """purchasein/query: what has come in against a purchase order."""
    return {
        "io_id": int(item["stockin_id"]), "po_id": int(item["purchase_id"]), "so_id": item["order_no"], "supplier_id": _digits(item["provider_no"]), "type": "采购进仓",
        "status": _IN_STATUS.get(int(item["status"]), "WaitConfirm"), "io_date": wangdiantong.moment(item.get("check_time")),
        "modified": wangdiantong.modified(item), "warehouse": item.get("warehouse_name", ""), "wh_id": "1",
        "wms_co_id": _warehouse(item["warehouse_no"]), "supplier_name": item["provider_name"], "ts": int(item["stockin_id"]),
        "items": [
            {
                "ioi_id": int(line["rec_id"]), "io_id": int(item["stockin_id"]), "sku_id": line["spec_no"], "i_id": line["goods_no"],
                "name": line["goods_name"], "qty": _whole(line["num"]), "cost_price": line["cost_price"],
                "cost_amount": line.get("total_cost"),
            }
            for line in item["details_list"]
        ],
    }  # fmt: skip

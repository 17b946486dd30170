"""旺店通 stock export as a genuine OLE2 .xls (BIFF8), which has no warehouse column."""

from pathlib import Path

import numpy as np

from simulator.frame import Frame
from simulator.world import World

_NAMES = (
    "商家编码,条码,货品编号,货品名称,货品简称,货品标签,规格名称,规格码,品牌,已质检库存,未发货订单总数,零售价,批发价,市场价,会员价,最低价,"
    "分类,库存,单品重量,残次品,单位,辅助单位,辅助说明,可发库存,可用库存,警戒库存下限,警戒库存上限,未付款量,预订单量,待审核量,待发货量,"
    "锁定量,待采购量,采购在途,采购到货量,待调拨量,待调出量,其他待入库量,其他待出库量,调拨在途,采购退货,销售退货在途量,生产待出库量,"
    "生产待入库量,待质检量,备注,货品备注,单品备注,税率,单品创建时间,最后盘点时间,实际库存,实际可发库存,图片链接,图片,主供应商,"
    "自定义库存1,自定义库存2,自定义库存3,自定义库存4,自定义库存5"
)
HEADER = _NAMES.split(",")


def write_stock_xls(path: Path, world: World, stock: Frame) -> Path:
    """The snapshot summed over the warehouses; 单品创建时间 is an Excel serial number, 最后盘点时间 reads 任意时间."""
    import xlwt

    goods = world.catalogue
    sums = {
        name: np.bincount(stock.sku, stock[name], goods.skus.rows).astype(int).tolist()
        for name in ("on_hand", "sellable", "unpaid", "to_review", "to_ship", "locked", "on_order", "coming_back")
    }
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("库存")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    for sku in range(goods.skus.rows):
        product = int(goods.skus.product_i[sku])
        cells = {
            "商家编码": goods.sku_ids[sku],
            "条码": f"69{20_000_000_000 + sku}",
            "货品编号": f"SY{product + 1:04d}",
            "货品名称": goods.product_names[product],
            "规格名称": goods.sku_names[sku],
            "品牌": "山野集",
            "零售价": int(goods.skus.list_fen[sku]) / 100,
            "库存": sums["on_hand"][sku],
            "残次品": "否",
            "单位": "件",
            "可发库存": sums["sellable"][sku],
            "未付款量": sums["unpaid"][sku],
            "待审核量": sums["to_review"][sku],
            "待发货量": sums["to_ship"][sku],
            "锁定量": sums["locked"][sku],
            "采购在途": sums["on_order"][sku],
            "销售退货在途量": sums["coming_back"][sku],
            "单品创建时间": 25_569 + int(goods.products.listed_at[product]) / 86_400,
            "最后盘点时间": "任意时间",
            "实际库存": sums["on_hand"][sku],
            "实际可发库存": sums["sellable"][sku],
        }
        for column, name in enumerate(HEADER):
            if name in cells:
                sheet.write(sku + 1, column, cells[name])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))
    return path

"""A company's own folder with one small order report, made by hand, whose contract can be mended between two loads."""

from __future__ import annotations

from pathlib import Path

SOURCES = "bazaar:\n  title: 集市\n"
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: bazaar.orders
name: 集市订单
version: 1.0.0
status: active
domain: bazaar
description:
  purpose: Orders of a small platform.
schema:
  - name: bazaar__orders
    physicalName: 集市订单
    dataGranularityDescription: one row per order
    customProperties:
      - {property: formats, value: [csv]}
      - {property: nullTokens, value: ["-"]}
      - {property: exportTime, value: {fileName: ["(20\\\\d{12})(?!\\\\d)"]}}
      - {property: maxQuarantineShare, value: 0.5}
    properties:
      - {name: order_id, physicalName: 订单号, logicalType: string, required: true, primaryKey: true, customProperties: [{property: kind, value: id}]}
      - {name: paid_cny, physicalName: 实付, logicalType: number, required: true, customProperties: [{property: kind, value: money}]}
      - {name: ordered_at, physicalName: 下单时间, logicalType: timestamp}
      - {name: receiver_phone, physicalName: 手机, logicalType: string, classification: personal, customProperties: [{property: protect, value: drop}]}
"""
#: 免单 (free) stands for no payment
FREE = CONTRACT.replace('value: ["-"]', 'value: ["-", 免单]').replace("required: true, customProperties: [{property: kind, value: money}]", "customProperties: [{property: kind, value: money}]")  # fmt: skip
ROWS = (
    "订单号,实付,下单时间,手机",
    "1001,19.90,2026-09-10 08:00:00,13812345678",
    "1002,免单,2026-09-10 09:00:00,13812345679",
    "1003,5,2026-09-10 10:00:00,",
)


def make_site(folder: Path, contract: str = CONTRACT) -> Path:
    """FUPAN_SITE with the source and its contract."""
    (folder / "contracts" / "bazaar").mkdir(parents=True, exist_ok=True)
    (folder / "sources.yml").write_text(SOURCES, encoding="utf-8")
    mend(folder, contract)
    return folder


def mend(folder: Path, contract: str) -> None:
    """Write the contract anew; a process reads a contract once, so what this one knows is forgotten."""
    from ingest import contract as module
    from ingest import registry

    (folder / "contracts" / "bazaar" / "orders.odcs.yaml").write_text(contract, encoding="utf-8")
    module._loaded.cache_clear()
    registry._read.cache_clear()


def put(home: Path, rows=ROWS, name: str = "orders_20260911020000.csv", encoding: str = "gb18030") -> Path:
    """Drop a file into the inbox."""
    folder = home / "inbox" / "bazaar" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes("\r\n".join([*rows, ""]).encode(encoding))
    return path

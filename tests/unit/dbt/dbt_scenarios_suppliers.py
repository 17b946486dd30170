"""Scenarios of the supplier scorecard: SUP-1 is good and a little dearer, SUP-2 late and deaf, SUP-3 has cases only."""

from __future__ import annotations


def add(raw: dict) -> None:
    """Orders of the first and second quarter of 2026; what came, by stock-in documents; cases."""

    def order(number: str, supplier: str, sku: str, pieces: int, price: str, made: str, due: str) -> None:
        raw["erp__purchase_orders"].append(
            {
                "purchase_id": number, "line_id": f"{number}-1", "supplier_id": supplier, "supplier_name": supplier, "purchase_status": "90", "warehouse_id": "W1",
                "created_at": made, "expected_at": due, "sku_id": sku, "quantity": pieces, "taxed_price_cny": price,
            }
        )  # fmt: skip

    def came(number: str, sku: str, pieces: int, at: str, defect: bool = False) -> None:
        key = f"in-{number}-{at}-{defect}"
        raw["erp__stock_in"].append(
            {
                "stock_in_id": key, "line_id": key, "purchase_id": number, "warehouse_id": "W1", "stock_in_status": "80", "checked_at": at, "received_at": at,
                "sku_id": sku, "quantity": pieces, "is_defect": defect,
            }
        )  # fmt: skip

    order("sup-a", "SUP-1", "SUPA", 100, "10.00", "2026-02-01 09:00:00", "2026-02-20 00:00:00")
    came("sup-a", "SUPA", 100, "2026-02-20 23:59:59")
    order("sup-b", "SUP-1", "SUPA", 200, "10.50", "2026-04-01 09:00:00", "2026-04-20 00:00:00")
    came("sup-b", "SUPA", 198, "2026-04-19 10:00:00")
    came("sup-b", "SUPA", 2, "2026-04-19 11:00:00", defect=True)
    order("sup-c", "SUP-2", "SUPB", 100, "5.00", "2026-04-01 09:00:00", "2026-04-10 00:00:00")
    came("sup-c", "SUPB", 60, "2026-04-11 00:00:00")
    order("sup-d", "SUP-2", "SUPB", 50, "5.00", "2026-09-20 09:00:00", "2027-01-10 00:00:00")  # not due yet
    raw["supply__supplier_cases"] += [
        {"case_id": "sc-1", "supplier_id": "SUP-1", "opened_at": "2026-04-21 08:00:00", "kind": "defect", "responded_at": "2026-04-21 20:00:00"},
        {"case_id": "sc-2", "supplier_id": "SUP-2", "opened_at": "2026-04-12 08:00:00", "kind": "delay", "responded_at": None},
        {"case_id": "sc-3", "supplier_id": "SUP-3", "opened_at": "2026-06-30 23:00:00", "kind": "complaint", "responded_at": "2026-07-01 01:00:00"},
    ]  # fmt: skip

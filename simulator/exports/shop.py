"""The shop's own lists: products, warehouses, papers (资质), experiments and their assignments, reviews (评价)."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.catalogue import ROLES
from simulator.company import experiments, supply
from simulator.company.review_words import review_texts
from simulator.company.reviews import LATEST_DAYS, make_reviews
from simulator.csvfile import write_csv, write_csv_parts
from simulator.days import DAY, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.identities import identity_ids, identity_types
from simulator.exports.spans import bounds, first_day, orders_before, within
from simulator.frame import Frame
from simulator.text import TEXT, const, json_objects, money, numbers, pick, stamps, strings, where

LOOK_BACK_DAYS = 7
REVIEW_HEADER = ("review_id", "product_id", "reviewed_at", "rating", "content", "order_id")
EXPERIMENT_HEADER = (
    "experiment_id", "name", "subject", "variant_id", "is_control", "planned_share", "started_at", "ended_at", "primary_metric",
)  # fmt: skip


def write(export: Export) -> Iterator[Path]:
    """products, warehouses, qualifications and experiments whole each time; assignments and reviews of the span."""
    yield _products(export)
    yield _warehouses(export)
    yield _qualifications(export)
    yield _experiments(export)
    yield _assignments(export)
    yield from _reviews(export)


def _products(export: Export) -> Path:
    goods = export.world.catalogue
    skus, product = goods.skus, goods.products.take(goods.skus.product_i)
    return write_csv(
        export.path("shop", "products", "products"),
        {
            "product_id": numbers(product.product_id),
            "sku_id": pick(np.arange(skus.rows), goods.sku_ids),
            "product_name": pick(skus.product_i, goods.product_names),
            "category": pick(product.category_i, [row[0] for row in names.CATEGORIES]),
            "category_tier": pick(product.category_i, [row[1] for row in names.CATEGORIES]),
            "role": pick(product.role_i, ROLES),
            "list_price_cny": money(skus.list_fen),
            "cost_cny": money(skus.cost_fen),
            "supplier_id": pick(product.supplier_i, [f"S{i + 1:03d}" for i in range(product.supplier_i.max() + 1)]),
            "listed_at": stamps(product.listed_at),
            "competitor_price_cny": where(skus.competitor_fen < 0, "", money(np.maximum(skus.competitor_fen, 0))),
            "exclusive": where(product.exclusive, "true", "false"),
        },
    )


def _warehouses(export: Export) -> Path:
    columns = zip(*[(w[0], w[1], w[2], w[3], str(w[4])) for w in names.WAREHOUSES], strict=True)
    header = ("warehouse_id", "warehouse_name", "province", "city", "daily_capacity")
    return write_csv(
        export.path("shop", "warehouses", "warehouses"),
        {name: pa.array(list(column), TEXT) for name, column in zip(header, columns, strict=True)},
    )


def _qualifications(export: Export) -> Path:
    paper, first, last = supply.papers(export.world)
    return write_csv(
        export.path("shop", "qualifications", "qualifications"),
        {
            "product_id": numbers(export.world.catalogue.products.product_id[paper.product_i]),
            "document_type": pick(paper.document, supply.DOCUMENTS),
            "document_no": pick(np.arange(paper.rows), [f"QD{number}" for number in paper.number.tolist()]),
            "valid_from": pa.array([day.isoformat() for day in first], TEXT),
            "valid_to": pa.array([day.isoformat() for day in last], TEXT),
            "issuer": pick(paper.product_i % len(supply.ISSUERS), supply.ISSUERS),
        },
    )


def _experiments(export: Export) -> Path:
    rows: list[tuple[str, ...]] = []
    for number, experiment in enumerate(experiments.EXPERIMENTS):
        started, ended = experiments.window(export.world, experiment)
        if started > export.at:
            continue
        arms = len(experiment.arms) + 1
        when = stamps(np.array([started, ended])).to_pylist()
        rows += [
            (
                experiments.experiment_id(export.world, number), experiment.name, experiment.subject, experiments.variant_id(arm),
                "false" if arm else "true", f"{1 / arms:.6f}", when[0], when[1] if ended <= export.at else "", experiment.metric,
            )
            for arm in range(arms)
        ]  # fmt: skip
    return write_csv(export.path("shop", "experiments", "experiments"), _as_columns(EXPERIMENT_HEADER, rows))


def _as_columns(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> dict[str, pa.Array]:
    """Rows of text as columns; none gives empty columns."""
    cells = zip(*rows, strict=True) if rows else [()] * len(header)
    return {name: pa.array(list(column), TEXT) for name, column in zip(header, cells, strict=True)}


def _assignments(export: Export) -> Path:
    return write_csv_parts(
        export.path("shop", "experiment_assignments", "experiment_assignments"),
        ["experiment_id", "variant_id", "identity_type", "identity_id", "assigned_at"],
        (_assigned(export, number) for number in range(len(experiments.EXPERIMENTS))),
    )


def _assigned(export: Export, number: int) -> dict[str, pa.Array]:
    experiment = experiments.EXPERIMENTS[number]
    # cohorts of the future are not made: an experiment that has not begun has no assignments
    begun = experiments.window(export.world, experiment)[0] <= export.at
    found = experiments.assignments(export.world, number, export.has("crossover_units")) if begun else None
    rows = (
        found.take(within(found.assigned_at, bounds(export, LOOK_BACK_DAYS)))
        if found
        else Frame(person=np.zeros(0, np.int64))
    )
    kind = np.full(rows.rows, experiment.identity)
    return {
        "experiment_id": const(experiments.experiment_id(export.world, number), rows.rows),
        "variant_id": pick(rows.get("arm", kind), "ABCDE"),
        "identity_type": identity_types(kind),
        "identity_id": identity_ids(export.world.people, rows.person, kind),
        "assigned_at": stamps(rows.get("assigned_at", kind)),
    }


def _reviews(export: Export) -> Iterator[Path]:
    """Two files that overlap by two days for a history, the second as JSONL (quirk reviews_jsonl); one for a day."""
    if not export.is_history:
        yield _review_csv(export, first_day(export, LOOK_BACK_DAYS), export.until)
        return
    middle = export.day(0.6)
    yield _review_csv(export, export.since, middle)
    second = _review_jsonl if export.has("reviews_jsonl") else _review_csv
    yield second(export, export.day(0.5), export.until)


def _review_csv(export: Export, first: date, last: date) -> Path:
    path = export.path("shop", "reviews", f"reviews_{first:%Y%m%d}-{last:%Y%m%d}", export_moment(last))
    return write_csv_parts(path, list(REVIEW_HEADER), _review_parts(export, first, last))


def _review_jsonl(export: Export, first: date, last: date) -> Path:
    parts = (part for part in _review_parts(export, first, last) if len(part["review_id"]))
    some = next(parts, None)
    if some is None:  # nothing to say has a header as CSV, and would be an empty file as JSONL
        return _review_csv(export, first, last)
    path = export.path("shop", "reviews", f"reviews_{first:%Y%m%d}-{last:%Y%m%d}", export_moment(last), "jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for part in chain([some], parts):
            fields = {name: part[name] if name == "rating" else strings(part[name]) for name in REVIEW_HEADER}
            lines = json_objects(**fields).to_pylist()
            out.write(("\n".join(lines) + "\n").encode())
    return path


def _review_parts(export: Export, first: date, last: date) -> Iterable[dict[str, pa.Array]]:
    span = (start_of(first), start_of(last) + DAY)
    for cohort in orders_before(export, first, LATEST_DAYS):
        said = make_reviews(export.world, cohort)
        said = said.take(within(said.reviewed_at, span))
        said = said.take(np.lexsort((said.line_i, said.reviewed_at)))
        order = cohort.orders.take(said.order_i)
        phones = export.world.people.phone(order.person)
        mixed, told = export.has("mixed_reviews"), export.has("phones_in_reviews")
        # 匿名 (anonymous) reviews do not name their order
        unnamed = said.words % 20 == 0
        cells = (
            numbers(said.review_id),
            numbers(export.world.catalogue.products.product_id[said.product_i]),
            stamps(said.reviewed_at),
            numbers(said.rating),
            review_texts(said, phones, mixed=mixed, with_phones=told),
            where(unnamed, "", numbers(order.order_id)),
        )
        yield dict(zip(REVIEW_HEADER, cells, strict=True))

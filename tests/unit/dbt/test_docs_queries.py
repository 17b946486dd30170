"""Every query of the docs runs on a build of today's models: a renamed column makes the page wrong, and this red."""

from __future__ import annotations

import re

import pytest
from dbt_raw_world import PROJECT

PAGES = [*sorted((PROJECT / "docs" / "marts").glob("*.md")), PROJECT / "README.md"]
QUERIES = [
    pytest.param(statement, id=f"{page.stem}-{number}-{part}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```sql\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S), 1)
    for part, statement in enumerate((s for s in block.split(";\n") if s.strip()), 1)
    if "ops." not in statement  # kept by the publication, not by a build
]


@pytest.mark.parametrize("statement", QUERIES)
def test_a_query_of_the_docs_runs(ask, statement):
    assert isinstance(ask(statement), list)


def test_the_pages_have_queries():
    assert len(QUERIES) > 25
    assert {re.match(r"\w+", query.id)[0] for query in QUERIES} >= {
        page.stem for page in PAGES if page.stem != "README"
    }

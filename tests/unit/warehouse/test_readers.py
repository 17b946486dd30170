"""Eight readers ask without pause while versions are published and files are landed: no error, no mix, and nobody waits for them."""

from __future__ import annotations

import json
import os

import pytest
from warehouse_fakes import checked_candidate, child

from warehouse import steps
from warehouse.layout import candidate_file, version_file

#: `make chaos` flips 50 times
FLIPS = int(os.environ.get("FUPAN_FLIPS", "12"))
READERS, ROWS = 8, 20_000

#: asks the served publication until stdin closes; `hold` keeps the first version open all the time
READER = """
import json, pathlib, select, sys
import duckdb
link, hold = sys.argv[1], sys.argv[2] == "hold"
ASK = '''select (select count(*) from marts.facts), (select min(value) from marts.facts), (select max(value) from marts.facts),
    (select value from marts.others), (select version from ops.publications order by fence desc limit 1)'''
told = {"asked": 0, "errors": [], "mixed": [], "back": [], "first": None, "last": None}
kept = duckdb.connect(link, read_only=True)
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        connection = kept if hold else duckdb.connect(link, read_only=True)
        rows, least, most, other, version = connection.execute(ASK).fetchone()
        if not hold:
            connection.close()
    except Exception as problem:
        told["errors"].append(f"{type(problem).__name__}: {problem}")
        continue
    told["asked"] += 1
    if rows != int(sys.argv[3]) or not least == most == other or version != f"v{least}":
        told["mixed"].append([rows, least, most, other, version])
    if told["last"] is not None and least < told["last"]:
        told["back"].append([told["last"], least])
    told["first"] = least if told["first"] is None else told["first"]
    told["last"] = least
print(json.dumps(told), flush=True)
"""
#: lands small files of one dataset, one after the other, until stdin closes
LOADER = """
import pathlib, select, sys
from ingest.landing import Landing
from ingest.contract import load_contract
from ingest.given import plain
home, number = pathlib.Path(sys.argv[1]), 0
with Landing(home) as room:
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        path = home / "inbox" / f"warehouses_20260901{number:06d}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"warehouse_id,warehouse_name,province\\nW{number},仓{number},浙江\\n", encoding="utf-8")
        load = room.land(plain(path), load_contract("shop", "warehouses"))
        assert load.status in ("loaded", "refused"), load
        if number == 1:
            print(load.status, flush=True)
print(number, flush=True)
"""


def _publish(home, number: int) -> None:
    import duckdb

    run_id = checked_candidate(home, f"v{number}", number, ROWS)
    with duckdb.connect(str(candidate_file(home, run_id))) as connection:
        connection.execute(f"create table marts.others as select {number} as value")
    steps.publish_candidate(run_id, home=home)


@pytest.mark.fault(33)
def test_readers_see_whole_versions_and_hold_nobody_up(tmp_path):
    _publish(tmp_path, 1)
    link = tmp_path / "serve" / "marts.duckdb"
    readers = [child(READER, link, "hold" if n == 0 else "ask", ROWS) for n in range(READERS)]
    loader = child(LOADER, tmp_path)
    assert {r.stdout.readline() for r in readers} == {"ready\n"}
    assert loader.stdout.readline() == "loaded\n"
    for number in range(2, FLIPS + 2):
        _publish(tmp_path, number)
    landed = int(loader.communicate("\n", timeout=60)[0])
    told = [json.loads(r.communicate("\n", timeout=60)[0]) for r in readers]
    assert {r.returncode for r in readers} == {0}
    assert [t["errors"] for t in told] == [[]] * READERS
    assert [t["mixed"] for t in told] == [[]] * READERS and [t["back"] for t in told] == [[]] * READERS
    assert all(t["asked"] > FLIPS // 2 for t in told), [t["asked"] for t in told]
    held = told[0]
    assert (held["first"], held["last"]) == (1, 1), "the version that a reader has open stays as it is"
    assert not version_file(tmp_path, "v1").exists(), "and yet it was pruned: nobody waits for a reader"
    assert landed > 1
    print(f"{READERS} readers asked {sum(t['asked'] for t in told):,} times through {FLIPS} flips while {landed} files were landed: 0 errors, 0 mixed versions")  # fmt: skip

"""Drops in a bucket, on moto's server: whole files, once each version, from services that differ in how they are addressed."""

from __future__ import annotations

import datetime as dt
import os
import urllib.request

import boto3
import pytest
from drop_servers import CuttingProxy, set_up_drops, waiting

from ingest import pipeline
from ingest.connectors.drops import fetch_drops, listing
from ingest.connectors.drops.remote import Line
from ingest.connectors.drops.s3 import S3Remote, addressing_style
from ingest.connectors.drops.settings import drop_of
from ingest.errors import FetchFailed, Unreachable
from ingest.registry import find_source

pytestmark = pytest.mark.xdist_group("moto")
SHOP = find_source("shop")
KEYS = {"access_key_id": "AKIATESTTESTTEST", "secret_access_key": "wJalrXUtnFEMI-geheim"}
ROWS = "warehouse_id,warehouse_name,province,city,daily_capacity\nW1,杭州一仓,浙江,杭州,20000\n"


@pytest.fixture(scope="module")
def moto():
    """The port of moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def bucket(moto, request):
    """An empty bucket of the test's own."""
    s3 = boto3.resource(
        "s3", endpoint_url=f"http://127.0.0.1:{moto}", region_name="us-east-1",
        aws_access_key_id=KEYS["access_key_id"], aws_secret_access_key=KEYS["secret_access_key"],
    )  # fmt: skip
    name = f"exports-{abs(hash(request.node.name))}"
    return s3.create_bucket(Bucket=name)


def fields(bucket, port: int, **more) -> dict:
    where = {"url": f"s3://{bucket.name}/to_us", "endpoint_url": f"http://127.0.0.1:{port}", "settle_seconds": 0}
    return where | KEYS | more


def put(bucket, key: str, content: str | bytes = ROWS) -> None:
    bucket.put_object(Key=f"to_us/{key}", Body=content.encode() if isinstance(content, str) else content)


def fetch(home) -> list:
    return fetch_drops(SHOP, home)


def test_a_pull_fetches_lands_and_fetches_nothing_again(home, moto, bucket):
    put(bucket, "warehouses/2026/w.csv")
    set_up_drops(home, {"shop": [fields(bucket, moto)]})
    first = pipeline.pull("shop", dt.date(2026, 11, 21), home=home)
    assert [(x.file_name, x.status, x.rows_loaded) for x in first.loads] == [("w.csv", "loaded", 1)]
    assert pipeline.pull("shop", dt.date(2026, 11, 21), home=home).loads == []
    assert [o.key for o in bucket.objects.all()] == ["to_us/warehouses/2026/w.csv"]


def test_a_replaced_object_is_fetched_again_and_one_of_several_parts_too(home, moto, bucket):
    set_up_drops(home, {"shop": [fields(bucket, moto)]})
    put(bucket, "warehouses/w.csv", "one")
    fetch(home)
    put(bucket, "warehouses/w.csv", "two")
    parts = os.urandom(6_000_000)
    upload = bucket.Object("to_us/warehouses/parts.bin").initiate_multipart_upload()
    tags = [
        {"PartNumber": n, "ETag": upload.Part(n).upload(Body=part)["ETag"]}
        for n, part in enumerate((parts[:5_300_000], parts[5_300_000:]), 1)
    ]
    upload.complete(MultipartUpload={"Parts": tags})
    fetch(home)
    assert waiting(home) == {
        "warehouses/w.csv": b"one", "warehouses/again-2/w.csv": b"two", "warehouses/parts.bin": parts,
    }  # fmt: skip


def test_nasty_keys(home, moto, bucket, caplog):
    good = ["订单.csv", "with space.csv", "q?x=1.csv", "hash#.csv", "100%2e%2e.csv", "plus+.csv", "star*.csv"]
    for name in good:
        put(bucket, f"warehouses/{name}", name)
    for name in (
        "warehouses/../escaped.csv",
        "warehouses//double.csv",
        "warehouses/.hidden.csv",
        "warehouses/x.part",
        "warehouses/",
        "warehouses/a?versionId=b",
    ):
        put(bucket, name, "bad")
    set_up_drops(home, {"shop": [fields(bucket, moto)]})
    fetch(home)
    assert sorted(content.decode() for content in waiting(home).values()) == sorted(good)
    assert caplog.text.count("a name that leads elsewhere") == 4, "two names, at each look"
    assert "a name with ?versionId=" in caplog.text
    assert not list(home.rglob("escaped.csv"))


def test_more_objects_than_a_page_holds(moto, bucket, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    for n in range(35):
        put(bucket, f"warehouses/{n}.csv", "")
    drop = drop_of(fields(bucket, moto), SHOP, "test")
    assert len(listing.look_at(Line(drop, S3Remote), drop, ["warehouses"])) == 35


def test_a_connection_that_breaks_in_a_transfer_is_tried_again(home, moto, bucket, waits):
    content = os.urandom(3_000_000)
    put(bucket, "warehouses/big.bin", content)
    proxy = CuttingProxy(moto, after=1_000_000, cuts=4)
    set_up_drops(home, {"shop": [fields(bucket, proxy.port)]})
    fetch(home)
    proxy.close()
    assert waiting(home) == {"warehouses/big.bin": content}
    assert proxy.connections > 4


def test_a_service_that_never_gives_a_whole_file(home, moto, bucket, waits, monkeypatch):
    put(bucket, "warehouses/big.bin", os.urandom(3_000_000))
    put(bucket, "warehouses/small.csv", ROWS)
    monkeypatch.setattr("ingest.connectors.retry.ATTEMPTS", 2)
    proxy = CuttingProxy(moto, after=1_000_000, cuts=10_000)
    set_up_drops(home, {"shop": [fields(bucket, proxy.port)]})
    with pytest.raises(Unreachable, match=r"warehouses|big\.bin"):
        fetch(home)
    proxy.close()
    assert list(waiting(home)) == ["warehouses/small.csv"]


class Falsifying(CuttingProxy):
    """Changes the content of the first `cuts` answers that hold GOOD."""

    def _pass(self, origin, target, limit):
        def changed(data: bytes) -> bytes:
            if b"GOOD" in data and self.cuts:
                self.cuts -= 1
                return data.replace(b"GOOD", b"EVIL")
            return data

        proxy, receive = self, origin

        class Through:
            def recv(self, size):
                return changed(receive.recv(size))

            def shutdown(self, how):
                return receive.shutdown(how)

        super(Falsifying, proxy)._pass(Through(), target, None)


def test_bytes_that_are_not_those_of_the_etag_are_fetched_again(home, moto, bucket, waits):
    put(bucket, "warehouses/w.csv", "GOOD")
    proxy = Falsifying(moto, 0, cuts=1)
    set_up_drops(home, {"shop": [fields(bucket, proxy.port)]})
    fetch(home)
    proxy.close()
    assert waiting(home) == {"warehouses/w.csv": b"GOOD"} and len(waits) == 1 and proxy.cuts == 0


def test_an_etag_that_only_looks_like_an_md5_is_told_by_a_second_transfer(home, moto, bucket, waits):
    put(bucket, "warehouses/w.csv", "GOOD")
    proxy = Falsifying(moto, 0, cuts=1000)  # for the client as if the ETag were not the MD5: an encrypted object
    set_up_drops(home, {"shop": [fields(bucket, proxy.port)]})
    fetch(home)
    proxy.close()
    assert waiting(home) == {"warehouses/w.csv": b"EVIL"} and len(waits) == 1


def test_keys_that_are_not_taken_are_not_shown(home, moto, bucket, waits, caplog):
    put(bucket, "warehouses/w.csv")
    set_up_drops(home, {"shop": [fields(bucket, moto)]})

    def checked_from(count: str) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{moto}/moto-api/reset-auth",
            data=count.encode(),
            headers={"Content-Type": "text/plain"},
        )
        urllib.request.urlopen(request).read()

    checked_from("0")
    try:
        with pytest.raises(FetchFailed, match="does not allow .* with these keys .*InvalidAccessKeyId") as caught:
            fetch(home)
    finally:
        checked_from("inf")
    assert waits == []
    assert not any(value in str(caught.value) + caplog.text for value in KEYS.values())


def test_a_bucket_that_is_not_there_and_a_base_that_is_empty(home, moto, bucket, waits):
    set_up_drops(home, {"shop": [fields(bucket, moto)]})
    assert fetch(home) == []
    set_up_drops(home, {"shop": [fields(bucket, moto, url="s3://no-such-bucket-here/x")]})
    with pytest.raises(FetchFailed, match="the bucket is not there"):
        fetch(home)


def test_after_move_objects_are_in_done(home, moto, bucket):
    set_up_drops(home, {"shop": [fields(bucket, moto, after="move")]})
    for content in ("first", "second"):
        put(bucket, "warehouses/w.csv", content)
        fetch(home)
    left = {o.key: o.get()["Body"].read() for o in bucket.objects.all()}
    assert left == {"to_us/_done/warehouses/w.csv": b"first", "to_us/_done/warehouses/w (2).csv": b"second"}
    assert sorted(waiting(home).values()) == [b"first", b"second"]
    assert fetch(home) == []


def test_an_object_replaced_before_it_is_moved_is_not_lost(home, moto, bucket, monkeypatch):
    put(bucket, "warehouses/w.csv", "first")
    set_up_drops(home, {"shop": [fields(bucket, moto, after="move")]})
    honest = S3Remote.move

    def replaced(self, entry, target):
        put(bucket, "warehouses/w.csv", "other")
        return honest(self, entry, target)

    with monkeypatch.context() as patch:
        patch.setattr(S3Remote, "move", replaced)
        fetch(home)
    fetch(home)
    assert sorted(waiting(home).values()) == [b"first", b"other"]


@pytest.mark.parametrize(
    ("endpoint", "said", "address"),
    [
        ("https://oss-cn-hangzhou.aliyuncs.com", None, "https://orders.oss-cn-hangzhou.aliyuncs.com/to_us/w.csv"),
        ("https://minio.example:9000", None, "https://minio.example:9000/orders/to_us/w.csv"),
        ("https://minio.example:9000", "virtual", "https://orders.minio.example:9000/to_us/w.csv"),
        ("https://oss.internal.example", "path", "https://oss.internal.example/orders/to_us/w.csv"),
        (None, None, "https://orders.s3.amazonaws.com/to_us/w.csv"),
    ],
)
def test_where_the_bucket_stands_in_the_address(endpoint, said, address):
    given = {"url": "s3://orders/to_us", **KEYS}
    given |= {"endpoint_url": endpoint} if endpoint else {}
    given |= {"addressing_style": said} if said else {}
    drop = drop_of(given, SHOP, "test")
    assert S3Remote(drop).fs.sign("orders/to_us/w.csv").partition("?")[0] == address
    assert addressing_style(drop) in ("path", "virtual", "auto")

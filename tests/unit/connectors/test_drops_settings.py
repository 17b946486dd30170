"""Where drops are told: what is wrong has words, and no secret is ever among them."""

from __future__ import annotations

import json

import pytest
from drop_servers import set_up_drops

from ingest.connectors.drops.settings import drop_of, drops_path, read_drops
from ingest.errors import FetchFailed
from ingest.registry import find_source

SHOP = find_source("shop")
SFTP = {"url": "sftp://fupan@sftp.example:2222/export", "password": "Hunter2-geheim"}
S3 = {"url": "s3://exports/shop", "access_key_id": "AKIAGEHEIM", "secret_access_key": "Hunter2-geheim"}


def test_no_file_no_drops(home):
    assert read_drops(home, SHOP) == []


def test_the_fields_of_both_kinds(home):
    set_up_drops(home, {"shop": [SFTP | {"after": "move"}, S3]})
    sftp, s3 = read_drops(home, SHOP)
    assert (sftp.kind, sftp.host, sftp.port, sftp.user, sftp.base, sftp.move) == (
        "sftp", "sftp.example", 2222, "fupan", "/export", True,
    )  # fmt: skip
    assert (s3.kind, s3.base, s3.label, s3.move) == ("s3", "exports/shop", "s3://exports/shop", False)
    assert sftp.folders == {dataset: dataset for dataset in SHOP.datasets}
    assert "Hunter2" not in repr([sftp, s3]) and "AKIA" not in repr([sftp, s3])
    assert read_drops(home, find_source("crm")) == []


@pytest.mark.parametrize(
    ("path", "base"), [("", "/"), ("/", "/"), ("/a/b/", "/a/b"), ("/~/a", "a"), ("/~", "."), ("/%E5%AF%BC/x", "/导/x")]
)
def test_the_folder_on_the_server(path, base):
    assert drop_of(SFTP | {"url": f"sftp://u@h.example{path}"}, SHOP, "here").base == base


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "url is missing"),
        ({"url": 7}, "url is missing"),
        (SFTP | {"url": "ftp://u@h/x"}, "not of the form sftp://"),
        (SFTP | {"url": "sftp://u@h:99999/x"}, "cannot be read as an address"),
        (SFTP | {"url": "sftp://u:Hunter2-geheim@h/x"}, "write it into the field `password`"),
        (SFTP | {"url": "sftp://h/x"}, "names no user"),
        (SFTP | {"url": "sftp://u@h/x?y"}, "write \\? and # as"),
        (SFTP | {"url": "sftp://u@h/../etc"}, "goes up"),
        ({"url": SFTP["url"]}, "none of key_file, private_key and password"),
        (SFTP | {"passwort": "Hunter2-geheim"}, "sftp has no field passwort; known: after, "),
        (SFTP | {"after": "delete"}, "neither keep nor move"),
        (SFTP | {"settle_seconds": "3"}, "settle_seconds is '3'"),
        (SFTP | {"settle_seconds": -1}, "settle_seconds is -1"),
        (SFTP | {"folders": ["a"]}, "folders is not of the form"),
        (SFTP | {"folders": {"orders": "x"}}, "shop has no dataset orders; known: "),
        (SFTP | {"folders": {"reviews": "../x"}}, "not a folder below the base"),
        (SFTP | {"folders": {"reviews": "x", "products": "x/y"}}, "the files of two datasets"),
        (SFTP | {"folders": {"reviews": "x", "products": "x"}}, "the files of two datasets"),
        ({k: v for k, v in S3.items() if k != "secret_access_key"}, "secret_access_key is missing"),
        (S3 | {"addressing_style": "dns"}, "addressing_style is 'dns'"),
        (S3 | {"endpoint_url": "http://minio.example:9000"}, "in clear text"),
        (S3 | {"endpoint_url": "minio.example:9000"}, "in clear text"),
        (S3 | {"key_file": "x"}, "s3 has no field key_file"),
    ],
)
def test_what_is_wrong_has_words_and_a_next_step(fields, words):
    with pytest.raises(FetchFailed, match=words) as caught:
        drop_of(fields, SHOP, "here")
    assert str(caught.value).startswith("here: ") and "Next: " in str(caught.value)
    assert "Hunter2" not in str(caught.value)


def test_plain_http_on_this_machine_or_when_said():
    assert drop_of(S3 | {"endpoint_url": "http://127.0.0.1:9000"}, SHOP, "here")
    assert drop_of(S3 | {"endpoint_url": "http://minio.example:9000", "allow_http": True}, SHOP, "here")


def test_the_file_is_the_owners_alone_and_names_sources_that_are(home):
    set_up_drops(home, {"shop": [SFTP]})
    path = drops_path(home)
    path.chmod(0o640)
    with pytest.raises(FetchFailed, match="chmod 600"):
        read_drops(home, SHOP)
    path.chmod(0o600)
    for content, words in (
        ('{"shop": [', "not valid JSON \\(line 1\\)"),
        (json.dumps([SFTP]), "not of the form"),
        (json.dumps({"shop": SFTP}), "not of the form"),
        (json.dumps({"shpo": [SFTP]}), "no source shpo; known: "),
        (json.dumps({"shop": [SFTP, {"url": "x"}]}), r"drops.json: shop\[1\]: "),
    ):
        path.write_text(content)
        with pytest.raises(FetchFailed, match=words) as caught:
            read_drops(home, SHOP)
        assert "Hunter2" not in str(caught.value)

"""Drops in a bucket: S3, MinIO, 阿里云 OSS and others that speak S3, through s3fs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ingest.connectors.drops.remote import Entry, Remote
from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import TryAgain
from ingest.errors import FetchFailed

#: clouds that refuse the bucket in the path and want it in the host name
_VIRTUAL_ONLY = (".aliyuncs.com", ".myqcloud.com", ".volces.com")
_NO_ENTRY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403", "ExpiredToken", "InvalidSecurity", "AccountProblem"}  # fmt: skip
_GONE = {"NoSuchKey", "404", "NoSuchVersion"}
_CHANGED = {"PreconditionFailed", "412"}
_WRONG = {
    "NoSuchBucket": "the bucket is not there",
    "InvalidBucketName": "the bucket's name is not valid",
    "PermanentRedirect": "the bucket lies in another region",
    "AuthorizationHeaderMalformed": "the region is another one",
    "301": "the bucket lies in another region",
    "SecondLevelDomainForbidden": "the service wants the bucket in the host name (addressing_style: virtual)",
    "RequestTimeTooSkewed": "this machine's clock is wrong",
    "InvalidObjectState": "the file is archived and has to be restored first",
}
_SILENCE = 30


def addressing_style(drop: Drop) -> str:
    """path or virtual: as the drop says, else what its service takes; auto for AWS itself."""
    said = drop.options.get("addressing_style", "auto")
    endpoint = drop.options.get("endpoint_url")
    if said != "auto" or not endpoint:
        return said
    return "virtual" if (urlsplit(endpoint).hostname or "").endswith(_VIRTUAL_ONLY) else "path"


class S3Remote(Remote):
    """A client of one bucket."""

    block = 16 * 1024 * 1024  # each is a request

    def __init__(self, drop: Drop) -> None:
        super().__init__(drop)
        from s3fs import S3FileSystem

        options = drop.options
        self.fs = S3FileSystem(
            key=options["access_key_id"], secret=options["secret_access_key"], token=options.get("session_token"),
            endpoint_url=options.get("endpoint_url"), client_kwargs={"region_name": options.get("region") or "us-east-1"},
            use_listings_cache=False, skip_instance_cache=True,
            config_kwargs={
                "s3": {"addressing_style": addressing_style(drop)}, "connect_timeout": 20, "read_timeout": _SILENCE,
                "retries": {"max_attempts": 2, "mode": "standard"},
                # checksums in trailers are AWS's own; other services refuse such requests
                "request_checksum_calculation": "when_required", "response_checksum_validation": "when_required",
            },
        )  # fmt: skip
        self.fs.retries = 2  # tries of its own, within one of ours

    def entries(self, folder: str) -> list[Entry]:
        """As `Remote.entries`; s3fs cannot ask for a key that looks as if it named a version."""
        return [
            replace(e, kind="name with ?versionId=") if e.kind == "file" and "?versionId=" in e.name else e
            for e in super().entries(folder)
        ]

    def open_options(self) -> dict[str, Any]:
        """Whole blocks, each asked for once; s3fs asks with If-Match, so that they are of one version."""
        return {"block_size": self.block, "cache_type": "none"}

    def version_of(self, row: dict[str, Any]) -> tuple[str, float | None]:
        """The ETag, which changes with the content."""
        moment = row.get("LastModified")
        return str(row.get("ETag") or "").strip('"'), moment.timestamp() if hasattr(moment, "timestamp") else None

    def move(self, entry: Entry, target: str) -> bool:
        """Copy within the bucket if it is still that version, look at the copy, then delete the original."""
        with self.asking(f"moving {entry.path}"):
            taken = self.fs.exists(target)
        if taken:
            raise FileExistsError
        try:
            with self.asking(f"moving {entry.path}"):
                self.fs.cp_file(entry.path, target, CopySourceIfMatch=f'"{entry.version}"')
        except TryAgain as changed:
            if str(changed).endswith("changed meanwhile"):
                return False
            raise
        if self.look(target).size != entry.size or self.look(entry.path).version != entry.version:
            return False
        with self.asking(f"moving {entry.path}"):
            self.fs.rm_file(entry.path)
        return True

    def explain(self, problem: Exception, what: str) -> Exception:
        """See Remote.explain; by the service's error code, never by its words."""
        drop = self.drop
        code = _code(problem)
        if code in _CHANGED:
            return TryAgain(f"{what} changed meanwhile")
        if code in _WRONG:
            return FetchFailed(f"{drop.label}: {_WRONG[code]} ({code}). Next: mend {drop.where}")
        if code in _GONE or (not code and isinstance(problem, FileNotFoundError)):
            return FileNotFoundError(what)
        if code in _NO_ENTRY or (not code and isinstance(problem, PermissionError)):
            return FetchFailed(
                f"{drop.label}: the service does not allow {what} with these keys ({code or 'AccessDenied'}). Next: compare "
                f"access_key_id, secret_access_key and what they may do (ListBucket, GetObject) with {drop.where}"
            )
        if isinstance(problem, ValueError | TypeError):
            return FetchFailed(f"{drop.label}: {what}: {type(problem).__name__}. Next: mend {drop.where}")
        return TryAgain(f"{what}: {code or type(problem).__name__}")


def _code(problem: BaseException | None) -> str:
    """The service's error code, from whichever of the chained errors has it."""
    for _ in range(5):
        response = getattr(problem, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        if problem is None:
            return ""
        problem = problem.__cause__ or problem.__context__
    return ""

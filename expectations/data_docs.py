"""Great Expectations' Data Docs from the records of the last gate runs: built when somebody asks, never in a run's way."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from expectations.engine import great_expectations
from expectations.records import prune_records, records_folder

SITE = "fupan"
_REMOTE = re.compile(
    r"""<script\b[^>]*\bsrc=["']https?:[^>]*>\s*</script>|<link\b[^>]*\bhref=["']https?:[^>]*>|<img\b[^>]*\bsrc=["']https?:[^>]*>|@import[^;]*https?:[^;]*;""",
    re.IGNORECASE | re.DOTALL,
)
_REMOTE_TEXT = re.compile(
    r"""(["'(])https?://(?:[\w.-]+\.)?(?:great-?expectations[\w.-]*|amazonaws\.com)[^"')\s]*""", re.IGNORECASE
)
#: enough to read the tables, in place of the style sheets that the pages would fetch from elsewhere
_STYLE = """<style>
body { font: 15px/1.5 sans-serif; margin: 1.5rem auto; max-width: 78rem; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; margin: .5rem 0 1rem; width: 100%; } td, th { border: 1px solid #ccc; padding: .3rem .6rem; vertical-align: top; text-align: left; }
ul { padding-left: 1.2rem; } .modal, #feedback-toast, .cta-footer, .d-none { display: none; } a { color: #06c; }
</style>"""


def data_docs_folder(home: Path) -> Path:
    """reports/data_docs"""
    return Path(home) / "reports" / "data_docs"


def build_data_docs(home: Path, *, runs: int = 5) -> Path:
    """Build the pages anew and return index.html.

    runs: how many of the last runs of each gate are shown. Raises FileNotFoundError when no gate has run under this home.
    """
    prune_records(home)
    documents = _last_documents(Path(home), runs)
    if not documents:
        raise FileNotFoundError(f"no gate has run yet: {records_folder(home)} is empty. Run `fupan run` first.")
    great_expectations()
    import expectations.verdicts  # noqa: F401 - the expectation type must be known before its results are read

    target = data_docs_folder(home)
    with tempfile.TemporaryDirectory(prefix="fupan-docs-") as scratch:
        site = Path(scratch) / "site"
        context = _context(Path(scratch), site)
        for path, gate in documents:
            _store(context, gate, path)
        context.build_data_docs()
        keep_local(site)
        _write_index(site, documents)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site, target)
    return target / "index.html"


def keep_local(site: Path) -> None:
    """Take every reference to other hosts out of the pages: style sheets and scripts of CDNs, and GX's logo, whose address
    carries an id of this installation with every page view."""
    for page in site.rglob("*.html"):
        text = _REMOTE.sub("", page.read_text(encoding="utf-8"))
        text = _REMOTE_TEXT.sub(r"\1#", text)
        page.write_text(text.replace("</head>", f"{_STYLE}\n</head>", 1), encoding="utf-8")


def _write_index(site: Path, documents: list[tuple[Path, str]]) -> None:
    """Our own first page, newest run first: GX's own is an empty table without the scripts that it fetches from elsewhere."""
    rows = []
    for path, gate in reversed(documents):
        document = json.loads(path.read_text(encoding="utf-8"))
        suite, run = f"{gate}.{document['suite_name']}", path.parent.name
        pages = [p for p in (site / "validations").rglob(f"{suite}.html") if run in p.parts]
        if not pages:
            raise FileNotFoundError(f"Great Expectations wrote no page for {suite} of run {run}")
        failed = sum(not r["success"] for r in document["results"])
        cells = [
            run,
            gate,
            document["suite_name"],
            f"{len(document['results'])} checks",
            f"{failed} failed" if failed else "all passed",
        ]
        shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows.append(
            f'<tr>{shown}<td><a href="{html.escape(quote(pages[0].relative_to(site).as_posix()))}">open</a></td></tr>'
        )
    head = "".join(f"<th>{word}</th>" for word in ("Run", "Gate", "Dataset or table", "Checks", "Outcome", "Page"))
    title = "Data quality (数据质量)"
    page = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{_STYLE}</head><body><h1>{title}</h1><table><tr>{head}</tr>{"".join(rows)}</table></body></html>'  # fmt: skip
    (site / "index.html").write_text(page, encoding="utf-8")


def _last_documents(home: Path, runs: int) -> list[tuple[Path, str]]:
    found = []
    for gate in sorted(records_folder(home).glob("*/")):
        ordered = sorted((p for p in gate.iterdir() if p.is_dir()), key=lambda p: (p.stat().st_mtime_ns, p.name))
        found += [(path, gate.name) for run in ordered[-runs:] for path in sorted(run.glob("*.json"))]
    return found


def _context(scratch: Path, site: Path) -> Any:
    context = great_expectations().get_context(mode="file", project_root_dir=scratch / "project")
    context.variables.progress_bars = {"globally": False}
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site(
        SITE,
        {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
        },
    )
    return context


def _store(context: Any, gate: str, path: Path) -> None:
    """Put one record into the context as GX keeps results: a suite, and a result under its run."""
    from great_expectations.core import ExpectationSuite
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    from expectations.verdicts import ExpectChecked

    document = json.loads(path.read_text(encoding="utf-8"))
    suite = f"{gate}.{document['suite_name']}"
    document["suite_name"] = suite
    result = expectationSuiteValidationResultSchema.load(document)
    checks = [
        ExpectChecked(
            **{k: v for k, v in r.expectation_config.kwargs.items() if k in ExpectChecked.args_keys},
            meta=r.expectation_config.meta,
        )
        for r in result.results
    ]
    context.suites.add_or_update(ExpectationSuite(name=suite, expectations=checks))
    when = dt.datetime.fromtimestamp(path.parent.stat().st_mtime, dt.UTC)
    identifier = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=suite),
        run_id=RunIdentifier(run_name=path.parent.name, run_time=when),
        batch_identifier=suite,
    )
    context.validation_results_store.set(identifier, result)

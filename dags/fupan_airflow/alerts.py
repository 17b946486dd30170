"""One message per failed task to Feishu, DingTalk, WeCom, mail ... through the Apprise provider.

Where it goes is ``FUPAN_ALERT_URL`` (one or more Apprise URLs with blanks between), read when a task has failed:
without it nothing is sent. The message holds what a person needs at night and nothing secret or personal.
"""

import logging
import os
import re
from collections.abc import Mapping
from typing import Any

from fupan_airflow.business_day import NoBusinessDay, business_day

LOG = logging.getLogger(__name__)
ENVIRONMENT_NAME = "FUPAN_ALERT_URL"
LONGEST_ERROR = 300
NEXT_STEP = "Open the task's log in Airflow; what to do is in the DAG's documentation (文档)."
#: by task, the first thing to do; the DAG's documentation has the rest
NEXT_STEPS = {
    "pull": "Next: mend the cause (server, token, disk) and clear the run; nothing is loaded twice.",
    "report_refused": "Next: put a corrected file into inbox/<source>/<dataset>/ and clear the run; the other files are loaded.",
    "build": "Next: mend the model or the data that the log names and clear the run; BI reads the last publication.",
    "check": "Next: correct the file, or the bound in expectations/bounds.yml, and clear the run; BI reads the last publication.",
    "publish": "Next: make room on the disk and clear this task alone; BI reads the last publication.",
    "verify": "Next: put the damaged file back from the backup, and look at the disk.",
}

# Errors come from anywhere, a vendor's client among them, so the message is cleaned once more before it leaves.
_SECRETS = (
    (
        re.compile(
            r"(?i)\b([\w-]*(?:token|secret|password|passwd|sign|signature|api_?key)\"?\s*[=:]\s*\"?)[^\s&\"',;]+"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"://[^/\s:@]+:[^/\s@]+@"), "://***@"),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "***"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), "***"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "***"),
)


def clean(text: str) -> str:
    """Return the first non-blank line of ``text``, at most 300 characters, without secrets, phones, ids or mails."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return line if len(line) <= LONGEST_ERROR else line[: LONGEST_ERROR - 1] + "…"


def compose(context: Mapping[str, Any]) -> tuple[str, str]:
    """Return (title, body) for the failed task of an Airflow task context; never raises for a run without a day."""
    instance = context["ti"]
    try:
        day = business_day(context["dag_run"], context.get("params") or {}).isoformat()
    except NoBusinessDay:
        day = "unknown"
    error = context.get("exception")
    reason = (
        f"{type(error).__name__}: {clean(str(error))}" if isinstance(error, BaseException) else clean(str(error or ""))
    )
    title = f"Fupan 复盘: {instance.dag_id}.{instance.task_id} failed"
    body = (
        f"DAG {instance.dag_id}, task {instance.task_id}, business day (业务日) {day}{_run(context)}\n"
        f"{reason or 'no error text'}\n{NEXT_STEPS.get(instance.task_id, '')}\n{NEXT_STEP}"
    )
    return title, body


def _run(context: Mapping[str, Any]) -> str:
    """The run that failed, as Airflow's pages name it, and which try it was."""
    run_id, number = getattr(context["dag_run"], "run_id", None), getattr(context["ti"], "try_number", None)
    return (f", run {run_id}" if run_id else "") + (f", try {number}" if number else "")


def notify_failure(context: Mapping[str, Any]) -> None:
    """Airflow's ``on_failure_callback``: send the message of ``compose`` to FUPAN_ALERT_URL, if it is set.

    A message that cannot be sent is logged by the kind of its error only (the URL holds a token) and never hides the
    failure that it reports.
    """
    urls = os.environ.get(ENVIRONMENT_NAME, "").split()
    if not urls:
        return
    title, body = compose(context)
    try:
        import apprise
        from airflow.providers.apprise.notifications.apprise import AppriseNotifier

        config = apprise.AppriseConfig()
        config.add_config("\n".join(urls), format="text")
        AppriseNotifier(
            title=title, body=body, notify_type=apprise.NotifyType.FAILURE, config=config, tag="all"
        ).notify(context)
    except Exception as error:
        LOG.warning("the alert could not be sent (%s)", type(error).__name__)

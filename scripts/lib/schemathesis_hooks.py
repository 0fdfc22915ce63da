"""Gives every request of Schemathesis a bearer token, and notes answers: see scripts/epcis-conformance."""

import os
import re
import subprocess

import schemathesis

# What takes a subscription.
SCHEDULE = [
    "stream",
    "second",
    "minute",
    "hour",
    "dayOfMonth",
    "month",
    "dayOfWeek",
    "reportIfEmpty",
    "initialRecordTime",
]

# A token lives for five minutes.
REFRESH_SECONDS = 120


@schemathesis.auth(refresh_interval=REFRESH_SECONDS)
class WaybillToken:
    def get(self, case, context):
        command = [os.environ["WAYBILL_PROGRAM"], "token", "--scope", "epcis:capture,epcis:read"]
        made = subprocess.run(command, check=True, capture_output=True, text=True)
        return made.stdout.strip()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves out what only an answer can give, what is not supported, and declarations of prefixes that are none.

    No request would get past a page token that no answer gave. Tests of our own hold that what is not supported
    gets 501; the description does not have that status, and everything else in such a request would go untried.
    """
    if case.query:
        for name in ["nextPageToken", *SCHEDULE]:
            case.query.pop(name, None)
        if case.query.get("orderBy") not in (None, "eventTime", "recordTime"):
            del case.query["orderBy"]
    if case.headers:
        case.headers.pop("Upgrade", None)
        case.headers.pop("Connection", None)
    declared = (case.headers or {}).get("GS1-Extensions")
    if declared is not None and not re.fullmatch(r"\w+=https?://[\w./]+", declared):
        del case.headers["GS1-Extensions"]


@schemathesis.hook
def after_call(context, case, response):
    """Writes down what was answered, so that the script can tell whether anything was tried."""
    with open(os.environ["ANSWERS"], "a", encoding="ascii") as answers:
        answers.write(f"{case.operation.label} {response.status_code}\n")

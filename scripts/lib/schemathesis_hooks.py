"""Gives every request of Schemathesis a bearer token, and notes answers: see scripts/epcis-conformance."""

import os
import subprocess

import schemathesis

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
def after_call(context, case, response):
    """Writes down what was answered, so that the script can tell whether anything was tried."""
    with open(os.environ["ANSWERS"], "a", encoding="ascii") as answers:
        answers.write(f"{case.operation.label} {response.status_code}\n")

"""Prints the line items of a partner's unbilled usage as JSON Lines, each line as it is stored.

    GRAPH_ACCESS_TOKEN=... python3 unbilled_usage.py USD last [https://graph.microsoft.com/v1.0]

Python's standard library only. ../README.md says what a client has to keep, and why.
"""

import gzip
import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TOKEN = os.environ["GRAPH_ACCESS_TOKEN"]
CURRENCY, PERIOD, BASE_URL = (sys.argv[1:] + ["https://graph.microsoft.com/v1.0"])[:3]


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # urllib would take the token along, to whatever host


open_url = build_opener(NoRedirect).open


def graph(path, body=None):
    data = body and json.dumps(body).encode()
    for pause in (1, 2, 4, 8, None):
        headers = {"Authorization": f"Bearer {TOKEN}", "client-request-id": str(uuid.uuid4())}
        if data:
            headers["Content-Type"] = "application/json"
        try:
            return open_url(Request(f"{BASE_URL}/reports/partners/billing/{path}", data, headers), timeout=100)
        except HTTPError as error:
            if error.code not in (429, 500, 502, 503, 504) or pause is None:
                sys.exit(f"HTTP {error.code}: {error.read().decode()}")
            wait(error.headers.get("Retry-After"), pause)


def wait(retry_after, otherwise=1):
    if retry_after and retry_after.isdigit():
        otherwise = int(retry_after)
    elif retry_after:
        otherwise = (parsedate_to_datetime(retry_after) - datetime.now(timezone.utc)).total_seconds()
    time.sleep(max(otherwise, 1))


def last_segment(url):  # only the id counts: the token goes to BASE_URL, wherever a Location leads
    return urlsplit(url).path.rstrip("/").split("/")[-1]


def manifest_of(operation_id):
    while True:
        with graph(f"operations/{operation_id}") as answer:
            operation, retry_after = json.load(answer), answer.headers.get("Retry-After")
        kind = operation.get("@odata.type")
        if kind == "#microsoft.graph.partners.billing.exportSuccessOperation":
            link = operation.get("resourceLocation@odata.navigationLink")
            return operation.get("resourceLocation") or json.load(graph(f"manifests/{last_segment(link)}"))
        if kind != "#microsoft.graph.partners.billing.runningOperation":
            # Failed, code 5000 if there is no data; or unknown, which is not polled on.
            sys.exit(f"The export did not succeed: {kind} {operation.get('error')}")
        wait(retry_after)


def lines_of(operation_id):
    manifest = manifest_of(operation_id)
    if manifest.get("blobCount") not in (None, len(manifest["blobs"])):
        sys.exit("The manifest does not name all of its blobs.")
    for blob in manifest["blobs"]:
        fresh = manifest_of(operation_id)  # with a SAS that has not run out
        if fresh.get("eTag") != manifest.get("eTag"):
            sys.exit("The data has been exported anew: start again.")
        url = f"{fresh['rootDirectory']}/{blob['name']}?{fresh['sasToken']}"
        with open_url(url, timeout=100) as answer, gzip.open(answer) as lines:  # several gzip members are fine
            yield from lines
            if answer.length:
                sys.exit(f"{blob['name']} has been cut off.")


if __name__ == "__main__":
    export = {"currencyCode": CURRENCY, "billingPeriod": PERIOD}
    with graph("usage/unbilled/export", export) as accepted:
        operation_id = last_segment(accepted.headers["Location"])
    for line in filter(bytes.strip, lines_of(operation_id)):
        item = json.loads(line, parse_float=Decimal)  # every digit: a float would round an amount
        sys.stdout.buffer.write(line.rstrip() + b"\n")

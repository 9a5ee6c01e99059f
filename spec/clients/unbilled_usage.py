"""Prints the line items of a partner's unbilled usage as JSON Lines, each line as it is stored.

    GRAPH_ACCESS_TOKEN=... python3 unbilled_usage.py USD last [https://graph.microsoft.com/v1.0]

Needs only Python's standard library. ../README.md explains the rules that a client has to follow.
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
        return None  # urllib would send the token to the new host


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


def last_segment(url):  # only the ID is used: the token goes to BASE_URL, whatever host a Location names
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
            # Failed, with code 5000 if there is no data, or an unknown type, which might never end.
            sys.exit(f"The export did not succeed: {kind} {operation.get('error')}")
        wait(retry_after)


def lines_of(operation_id):
    manifest = manifest_of(operation_id)
    if manifest.get("blobCount") not in (None, len(manifest["blobs"])):
        sys.exit("The manifest does not list all of its blobs.")
    for blob in manifest["blobs"]:
        fresh = manifest_of(operation_id)  # with a SAS that has not expired
        if fresh.get("eTag") != manifest.get("eTag"):
            sys.exit("The data was exported again while you read it. Start over.")
        url = f"{fresh['rootDirectory']}/{blob['name']}?{fresh['sasToken']}"
        with open_url(url, timeout=100) as answer, gzip.open(answer) as lines:  # reads several gzip members
            yield from lines
            if answer.length:
                sys.exit(f"{blob['name']} is truncated.")


if __name__ == "__main__":
    export = {"currencyCode": CURRENCY, "billingPeriod": PERIOD}
    with graph("usage/unbilled/export", export) as accepted:
        operation_id = last_segment(accepted.headers["Location"])
    for line in filter(bytes.strip, lines_of(operation_id)):
        item = json.loads(line, parse_float=Decimal)  # keeps every digit; a float would round amounts
        sys.stdout.buffer.write(line.rstrip() + b"\n")

"""Prints the line items of a partner's unbilled usage as JSON Lines, each line as it is stored.

    GRAPH_ACCESS_TOKEN=... python3 unbilled_usage.py USD last [https://graph.microsoft.com/v1.0]

From code, Client(token).line_items("USD", "last") yields dictionaries with exact decimals. EXPORT_TIMEOUT limits the
wait for the export, in seconds. Needs only Python's standard library. ../README.md explains the rules that a client has
to follow.
"""

import gzip
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
import zlib
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

GRAPH = "https://graph.microsoft.com/v1.0"


class ExportError(Exception):
    """The export failed, or an answer cannot be used."""


class NoDataError(ExportError):
    """The partner has no usage in this currency and period."""


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # urllib would send the token to any host


open_url = build_opener(NoRedirect).open


class Client:
    def __init__(self, token, base_url=GRAPH, timeout=3600):
        self.token = token
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    def line_items(self, currency, period):
        for line in self.lines(self.start_export(currency, period)):
            yield json.loads(line, parse_float=Decimal)  # keeps every digit; a float would round amounts

    def start_export(self, currency, period):
        """Returns the ID of the operation. Store it to continue later."""
        with self._graph("usage/unbilled/export", {"currencyCode": currency, "billingPeriod": period}) as accepted:
            return last_segment(accepted.headers["Location"])

    def wait_for_manifest(self, operation_id):
        end = time.monotonic() + self.timeout
        while True:
            with self._graph(f"operations/{operation_id}") as answer:
                operation, retry_after = json.load(answer), answer.headers.get("Retry-After")
            kind = operation.get("@odata.type")
            if kind == "#microsoft.graph.partners.billing.exportSuccessOperation":
                return self._manifest_of(operation)
            if kind != "#microsoft.graph.partners.billing.runningOperation":
                # Failed, with code 5000 if there is no data, or an unknown type, which might never end.
                error = operation.get("error") or {}
                failure = NoDataError if error.get("code") == "5000" else ExportError
                raise failure(f"The export did not succeed: {kind} {error}")
            pause = seconds(retry_after)
            if time.monotonic() + pause > end:
                raise ExportError(f"The export {operation_id} did not end within {self.timeout} s.")
            time.sleep(pause)

    def lines(self, operation_id):
        """Yields the line items as bytes, without line ends."""
        manifest = self.wait_for_manifest(operation_id)
        if manifest.get("blobCount") not in (None, len(manifest["blobs"])):
            raise ExportError("The manifest does not list all of its blobs.")
        for blob in manifest["blobs"]:
            with tempfile.TemporaryFile() as file:
                self._download(operation_id, manifest.get("eTag"), blob["name"], file)
                try:
                    with gzip.open(file) as lines:  # reads several gzip members
                        yield from filter(None, map(bytes.strip, lines))
                except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                    raise ExportError(f"{blob['name']} is truncated or corrupt: {error}") from error

    def _manifest_of(self, operation):
        manifest = operation.get("resourceLocation")
        link = operation.get("resourceLocation@odata.navigationLink")
        if manifest:
            return manifest
        if not link:
            raise ExportError("The operation succeeded without a manifest.")
        with self._graph(f"manifests/{last_segment(link)}") as answer:
            return json.load(answer)

    def _download(self, operation_id, etag, name, file):
        for pause in (1, 2, None):
            fresh = self.wait_for_manifest(operation_id)  # with a SAS that has not expired
            if fresh.get("eTag") != etag:
                raise ExportError("The data was exported again while you read it. Start over.")
            file.seek(0)
            file.truncate()
            try:
                with open_url(f"{fresh['rootDirectory']}/{name}?{fresh['sasToken']}", timeout=100) as answer:
                    shutil.copyfileobj(answer, file)
                    if not answer.length:
                        file.seek(0)
                        return
                problem = "is truncated"
            except HTTPError as error:
                problem = f"HTTP {error.code}"
                if error.code < 500:
                    pause = None
            except (OSError, HTTPException) as error:
                problem = str(error)
            if pause is None:
                raise ExportError(f"{name}: {problem}")
            time.sleep(pause)

    def _graph(self, path, body=None):
        data = body and json.dumps(body).encode()
        for pause in (1, 2, 4, 8, None):
            headers = {"Authorization": f"Bearer {self.token}", "client-request-id": str(uuid.uuid4())}
            if data:
                headers["Content-Type"] = "application/json"
            try:
                return open_url(Request(f"{self.base_url}/reports/partners/billing/{path}", data, headers), timeout=100)
            except HTTPError as error:
                if error.code not in (429, 500, 502, 503, 504) or pause is None:
                    raise ExportError(f"HTTP {error.code}: {error.read().decode()}") from error
                pause = seconds(error.headers.get("Retry-After"), pause)
            except (OSError, HTTPException) as error:
                if pause is None:
                    raise ExportError(f"No answer from {self.base_url}: {error}") from error
            time.sleep(pause)


def seconds(retry_after, otherwise=1):
    """Returns how long to wait: Retry-After is a number of seconds or a date."""
    if retry_after and retry_after.isdigit():
        otherwise = int(retry_after)
    elif retry_after:
        otherwise = (parsedate_to_datetime(retry_after) - datetime.now(timezone.utc)).total_seconds()
    return max(otherwise, 1)


def last_segment(url):  # only the ID is used: the token goes to base_url, whatever host a Location names
    return urlsplit(url).path.rstrip("/").split("/")[-1]


def main():
    currency, period, base_url = (sys.argv[1:] + [GRAPH])[:3]
    client = Client(os.environ["GRAPH_ACCESS_TOKEN"], base_url, float(os.environ.get("EXPORT_TIMEOUT", 3600)))
    try:
        for line in client.lines(client.start_export(currency, period)):
            sys.stdout.buffer.write(line + b"\n")
    except ExportError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

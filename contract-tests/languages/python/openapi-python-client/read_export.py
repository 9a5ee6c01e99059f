"""Prints the line items of an export, read with the client of openapi-python-client."""

import gzip
import json
import sys
import time
import urllib.request
from decimal import Decimal

from unbilled_usage import AuthenticatedClient
from unbilled_usage.api.unbilled_usage import export_unbilled_usage, get_manifest, get_operation
from unbilled_usage.models import RunningOperation, UnbilledUsageExportRequest, UsageLineItem
from unbilled_usage.models.unbilled_usage_export_request_billing_period import (
    UnbilledUsageExportRequestBillingPeriod as BillingPeriod,
)

client = AuthenticatedClient(base_url=sys.argv[1], token="any")
request = UnbilledUsageExportRequest(currency_code="USD", billing_period=BillingPeriod.LAST)
accepted = export_unbilled_usage.sync_detailed(client=client, body=request)
operation_id = accepted.headers["Location"].split("/")[-1]
while True:
    answer = get_operation.sync_detailed(operation_id, client=client)
    operation = answer.parsed
    if not isinstance(operation, RunningOperation):
        break
    time.sleep(int(answer.headers["Retry-After"]))
manifest = operation.resource_location
if not manifest:
    link = operation.resource_locationodata_navigation_link
    manifest = get_manifest.sync(link.split("/")[-1], client=client)
for blob in manifest.blobs:
    with urllib.request.urlopen(f"{manifest.root_directory}/{blob.name}?{manifest.sas_token}") as stored:
        for line in gzip.open(stored):
            item = UsageLineItem.from_dict(json.loads(line, parse_float=Decimal))
            print(json.dumps(item.to_dict(), default=str))

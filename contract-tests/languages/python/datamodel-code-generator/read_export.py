"""Prints the line items of an export, read with the models of datamodel-code-generator."""

import gzip
import json
import sys
import time
import urllib.request

import httpx
from unbilled_usage import BillingPeriod, Manifest, Operation, RunningOperation, UnbilledUsageExportRequest, UsageLineItem

billing = httpx.Client(base_url=f"{sys.argv[1]}/reports/partners/billing", headers={"Authorization": "Bearer any"})
request = UnbilledUsageExportRequest(currencyCode="USD", billingPeriod=BillingPeriod.last)
accepted = billing.post("/usage/unbilled/export", json=request.model_dump(mode="json", exclude_none=True))
operation_id = accepted.headers["Location"].split("/")[-1]
while True:
    answer = billing.get(f"/operations/{operation_id}")
    operation = Operation.model_validate_json(answer.content).root
    if not isinstance(operation, RunningOperation):
        break
    time.sleep(int(answer.headers["Retry-After"]))
succeeded = operation.root  # with a manifest or a link to one
if hasattr(succeeded, "resourceLocation"):
    manifest = succeeded.resourceLocation
else:
    link = succeeded.resourceLocation_odata_navigationLink
    manifest = Manifest.model_validate_json(billing.get(f"/manifests/{link.split('/')[-1]}").content)
for blob in manifest.blobs:
    with urllib.request.urlopen(f"{manifest.rootDirectory}/{blob.name}?{manifest.sasToken}") as stored:
        for line in gzip.open(stored):
            item = UsageLineItem.model_validate(json.loads(line, parse_float=str, parse_int=str))
            print(item.model_dump_json(exclude_none=True))

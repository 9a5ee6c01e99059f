"""Prints the line items of an export, read with the client of openapi-generator."""

import gzip
import json
import sys
import time
import urllib.request

from openapi_client import (
    ApiClient,
    Configuration,
    RunningOperation,
    UnbilledUsageApi,
    UnbilledUsageExportRequest,
    UsageLineItem,
)

AMOUNTS = {field.alias for field in UsageLineItem.model_fields.values() if "float" in str(field.annotation)}

api = UnbilledUsageApi(ApiClient(Configuration(host=sys.argv[1], access_token="any")))
request = UnbilledUsageExportRequest(currency_code="USD", billing_period="last")
accepted = api.export_unbilled_usage_with_http_info(request)
operation_id = accepted.headers["location"].split("/")[-1]
while True:
    answer = api.get_operation_with_http_info(operation_id)
    operation = answer.data.actual_instance
    if not isinstance(operation, RunningOperation):
        break
    time.sleep(int(answer.headers["retry-after"]))
manifest = operation.resource_location
if not manifest:
    manifest = api.get_manifest(operation.resource_locationodata_navigation_link.split("/")[-1])
for blob in manifest.blobs:
    with urllib.request.urlopen(f"{manifest.root_directory}/{blob.name}?{manifest.sas_token}") as stored:
        for line in gzip.open(stored):
            attributes = {name: value for name, value in json.loads(line).items() if value != ""}
            for name in AMOUNTS & attributes.keys():
                attributes[name] = float(attributes[name])
            print(UsageLineItem.from_dict(attributes).to_json())

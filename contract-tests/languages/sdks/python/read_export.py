"""Prints the line items of an export, whose manifest comes from Microsoft's SDK."""

import asyncio
import gzip
import sys
import urllib.request

from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.middleware.options import HeadersInspectionHandlerOption
from msgraph import GraphServiceClient
from msgraph.generated.models.partners.billing.billing_period import BillingPeriod
from msgraph.generated.models.partners.billing.running_operation import RunningOperation
from msgraph.generated.reports.partners.billing.usage.unbilled.microsoft_graph_partners_billing_export.export_post_request_body import (
    ExportPostRequestBody,
)


class Token:
    def get_token(self, *_, **__):
        return AccessToken("any", 2**40)


async def main():
    graph = GraphServiceClient(Token())
    graph.request_adapter.base_url = sys.argv[1]
    billing = graph.reports.partners.billing

    # The SDK returns the body, and there is none: the header has the ID.
    headers = HeadersInspectionHandlerOption(inspect_response_headers=True)
    request = ExportPostRequestBody(currency_code="USD", billing_period=BillingPeriod.Last)
    export = billing.usage.unbilled.microsoft_graph_partners_billing_export
    await export.post(request, RequestConfiguration(options=[headers]))
    [location] = headers.response_headers.get("Location")
    operation = await billing.operations.by_operation_id(last_segment(location)).get()
    while isinstance(operation, RunningOperation):
        await asyncio.sleep(1)
        operation = await billing.operations.by_operation_id(operation.id).get()
    manifest = operation.resource_location
    if not manifest:
        link = operation.additional_data["resourceLocation@odata.navigationLink"]
        manifest = await billing.manifests.by_manifest_id(last_segment(link)).get()
    for blob in manifest.blobs:
        with urllib.request.urlopen(f"{manifest.root_directory}/{blob.name}?{manifest.sas_token}") as stored:
            sys.stdout.buffer.write(gzip.decompress(stored.read()))


def last_segment(url):
    return url.split("/")[-1]


asyncio.run(main())

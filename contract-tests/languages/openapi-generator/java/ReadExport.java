import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.zip.GZIPInputStream;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.UnbilledUsageApi;
import org.openapitools.client.model.*;

/** Prints the line items of an export, read with the client of openapi-generator. */
class ReadExport {
    public static void main(String[] args) throws Exception {
        var client = new ApiClient();
        client.updateBaseUri(args[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer any"));
        var api = new UnbilledUsageApi(client);

        var request = new UnbilledUsageExportRequest().currencyCode("USD").billingPeriod(UnbilledUsageExportRequest.BillingPeriodEnum.LAST);
        var accepted = api.exportUnbilledUsageWithHttpInfo(request, null);
        var operationId = lastSegment(accepted.getHeaders().get("location").get(0));
        var answer = api.getOperationWithHttpInfo(operationId, null);
        while (answer.getData().getActualInstance() instanceof RunningOperation) {
            Thread.sleep(1000 * Long.parseLong(answer.getHeaders().get("retry-after").get(0)));
            answer = api.getOperationWithHttpInfo(operationId, null);
        }
        var operation = answer.getData().getExportSuccessOperation();
        var manifest = operation.getResourceLocation();
        if (manifest == null) {
            manifest = api.getManifest(lastSegment(operation.getResourceLocationAtOdataNavigationLink()), null);
        }

        var mapper = ApiClient.createDefaultObjectMapper();
        for (var blob : manifest.getBlobs()) {
            var url = manifest.getRootDirectory() + "/" + blob.getName() + "?" + manifest.getSasToken();
            // Not from the socket, where GZIPInputStream may stop after the first member.
            var stored = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofByteArray());
            var bytes = new GZIPInputStream(new java.io.ByteArrayInputStream(stored.body()));
            for (var line : (Iterable<String>) new BufferedReader(new InputStreamReader(bytes, "UTF-8")).lines()::iterator) {
                System.out.println(mapper.writeValueAsString(mapper.readValue(line, UsageLineItem.class)));
            }
        }
    }

    static String lastSegment(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }
}

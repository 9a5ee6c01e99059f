import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.microsoft.graph.models.partners.billing.*;
import com.microsoft.graph.reports.partners.billing.usage.unbilled.microsoftgraphpartnersbillingexport.ExportPostRequestBody;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import com.microsoft.kiota.authentication.AzureIdentityAuthenticationProvider;
import com.microsoft.kiota.http.middleware.options.HeadersInspectionOption;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.OffsetDateTime;
import java.util.zip.GZIPInputStream;
import reactor.core.publisher.Mono;

/** Prints the line items of an export, whose manifest comes from Microsoft's SDK. */
class ReadExport {
    public static void main(String[] args) throws Exception {
        TokenCredential token = request -> Mono.just(new AccessToken("any", OffsetDateTime.MAX));
        // By default, the SDK sends the token only to Microsoft.
        var hosts = new String[] {"127.0.0.1"};
        var graph = new GraphServiceClient(new AzureIdentityAuthenticationProvider(token, hosts, "https://graph.microsoft.com/.default"));
        graph.getRequestAdapter().setBaseUrl(args[0]);
        var billing = graph.reports().partners().billing();

        // The SDK returns the body, and there is none: the header has the ID.
        var headers = new HeadersInspectionOption(false, true);
        var body = new ExportPostRequestBody();
        body.setCurrencyCode("USD");
        body.setBillingPeriod(BillingPeriod.Last);
        billing.usage().unbilled().microsoftGraphPartnersBillingExport().post(body, request -> request.options.add(headers));
        var id = lastSegment(headers.getResponseHeaders().get("Location").iterator().next());
        var operation = billing.operations().byOperationId(id).get();
        while (operation instanceof RunningOperation) {
            Thread.sleep(1000);
            operation = billing.operations().byOperationId(id).get();
        }
        var manifest = ((ExportSuccessOperation) operation).getResourceLocation();
        if (manifest == null) {
            var link = operation.getAdditionalData().get("resourceLocation@odata.navigationLink");
            manifest = billing.manifests().byManifestId(lastSegment((String) link)).get();
        }
        for (var blob : manifest.getBlobs()) {
            var url = manifest.getRootDirectory() + "/" + blob.getName() + "?" + manifest.getSasToken();
            var stored = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofByteArray());
            new GZIPInputStream(new ByteArrayInputStream(stored.body())).transferTo(System.out);
        }
        System.exit(0);
    }

    static String lastSegment(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }
}

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.*;
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.regex.*;
import java.util.zip.GZIPInputStream;

/**
 * Prints the line items of a partner's unbilled usage as JSON Lines, each line as it is stored.
 *
 *     GRAPH_ACCESS_TOKEN=... java UnbilledUsage.java USD last [https://graph.microsoft.com/v1.0]
 *
 * Java's standard library only, which has no JSON parser: a line item is passed on as text, unread, and what is needed of
 * the two small answers of Graph is found by pattern. In your program, use a parser, and let it read numbers as BigDecimal.
 * ../README.md says what a client has to keep, and why.
 */
class UnbilledUsage {
    static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(); // follows nothing
    static final String token = System.getenv("GRAPH_ACCESS_TOKEN");
    static String baseUrl = "https://graph.microsoft.com/v1.0";

    public static void main(String[] args) throws Exception {
        if (args.length > 2) baseUrl = args[2];
        var export = "{\"currencyCode\":\"%s\",\"billingPeriod\":\"%s\"}".formatted(args[0], args[1]);
        var operationId = lastSegment(graph("usage/unbilled/export", export).headers().firstValue("Location").get());
        var manifest = manifestOf(operationId);
        var blobs = texts(manifest.substring(manifest.indexOf("\"blobs\"")), "name");
        var blobCount = Pattern.compile("\"blobCount\"\\s*:\\s*(\\d+)").matcher(manifest);
        if (blobCount.find() && Integer.parseInt(blobCount.group(1)) != blobs.size())
            throw new IOException("The manifest does not name all of its blobs.");
        try (var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out))) {
            for (var blob : blobs) {
                var fresh = manifestOf(operationId); // with a SAS that has not run out
                if (!texts(fresh, "eTag").equals(texts(manifest, "eTag")))
                    throw new IOException("The data has been exported anew: start again.");
                print(text(fresh, "rootDirectory") + "/" + blob + "?" + text(fresh, "sasToken"), out);
            }
        }
    }

    static HttpResponse<String> graph(String path, String body) throws Exception {
        for (int attempt = 0; ; attempt++) {
            var request = HttpRequest.newBuilder(URI.create(baseUrl + "/reports/partners/billing/" + path))
                .timeout(Duration.ofSeconds(100))
                .header("Authorization", "Bearer " + token)
                .header("client-request-id", UUID.randomUUID().toString());
            if (body != null)
                request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
            var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 == 2) return answer;
            if (!Set.of(429, 500, 502, 503, 504).contains(answer.statusCode()) || attempt == 4)
                throw new IOException("HTTP " + answer.statusCode() + ": " + answer.body());
            await(answer, 1 << attempt);
        }
    }

    static void await(HttpResponse<?> answer, long otherwise) throws InterruptedException {
        long seconds = answer.headers().firstValue("Retry-After").map(text -> text.matches("\\d+")
            ? Long.parseLong(text)
            : Duration.between(Instant.now(), DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from)).toSeconds()
        ).orElse(otherwise);
        Thread.sleep(1000 * Math.max(seconds, 1));
    }

    static String manifestOf(String operationId) throws Exception {
        while (true) {
            var answer = graph("operations/" + operationId, null);
            var types = texts(answer.body(), "@odata.type"); // the operation's own, and perhaps others within it
            if (types.contains("#microsoft.graph.partners.billing.exportSuccessOperation")) {
                if (!texts(answer.body(), "rootDirectory").isEmpty()) return answer.body();
                var link = text(answer.body(), "resourceLocation@odata.navigationLink");
                return graph("manifests/" + lastSegment(link), null).body();
            }
            if (!types.contains("#microsoft.graph.partners.billing.runningOperation"))
                // Failed, code 5000 if there is no data; or unknown, which is not polled on.
                throw new IOException("The export did not succeed: " + types + texts(answer.body(), "code"));
            await(answer, 1);
        }
    }

    /** By way of a file: where a gzip member ends, Java takes a socket that has nothing at hand for the end of the blob. */
    static void print(String url, OutputStream out) throws Exception {
        var file = Files.createTempFile("unbilled-usage", ".json.gz");
        try {
            var answer = http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofFile(file));
            if (answer.statusCode() != 200) throw new IOException("HTTP " + answer.statusCode() + " from the storage");
            var unpacked = new GZIPInputStream(new FileInputStream(file.toFile()));
            try (var lines = new BufferedReader(new InputStreamReader(unpacked, UTF_8.newDecoder()))) {
                for (String line; (line = lines.readLine()) != null; )
                    if (!line.isBlank()) out.write((line + "\n").getBytes(UTF_8));
            }
        } finally {
            Files.delete(file);
        }
    }

    /** Only the id counts: the token goes to baseUrl, wherever a Location leads. */
    static String lastSegment(String url) {
        var path = URI.create(url).getRawPath().replaceAll("/+$", "");
        return path.substring(path.lastIndexOf('/') + 1);
    }

    static String text(String json, String property) {
        return texts(json, property).stream().findFirst().orElseThrow(() -> new NoSuchElementException("no " + property));
    }

    /** The texts of all properties of that name, with their escapes undone. */
    static List<String> texts(String json, String property) {
        var pattern = Pattern.compile("\"" + Pattern.quote(property) + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
        var escapes = Pattern.compile("\\\\(?:u(\\p{XDigit}{4})|(.))");
        return pattern.matcher(json).results().map(found -> escapes.matcher(found.group(1)).replaceAll(escape ->
            Matcher.quoteReplacement(escape.group(1) == null
                ? escape.group(2)
                : String.valueOf((char) Integer.parseInt(escape.group(1), 16))))).toList();
    }
}

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
 * Needs only Java's standard library, which has no JSON parser: line items are passed on as text, and patterns find the
 * values in the two small answers of Graph. EXPORT_TIMEOUT limits the wait for the export, in seconds. In your program, use a parser, and let it read numbers as BigDecimal.
 * ../README.md explains the rules that a client has to follow.
 */
class UnbilledUsage {
    static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(); // no redirects
    static final String token = System.getenv("GRAPH_ACCESS_TOKEN");
    static final long timeout = Long.parseLong(System.getenv().getOrDefault("EXPORT_TIMEOUT", "3600"));
    static String baseUrl = "https://graph.microsoft.com/v1.0";

    public static void main(String[] args) throws Exception {
        if (args.length > 2) baseUrl = args[2];
        var export = "{\"currencyCode\":\"%s\",\"billingPeriod\":\"%s\"}".formatted(args[0], args[1]);
        var operationId = lastSegment(graph("usage/unbilled/export", export).headers().firstValue("Location").get());
        var manifest = manifestOf(operationId);
        var blobs = texts(manifest.substring(manifest.indexOf("\"blobs\"")), "name");
        var blobCount = Pattern.compile("\"blobCount\"\\s*:\\s*(\\d+)").matcher(manifest);
        if (blobCount.find() && Integer.parseInt(blobCount.group(1)) != blobs.size())
            throw new IOException("The manifest does not list all of its blobs.");
        try (var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out))) {
            for (var blob : blobs) {
                var file = Files.createTempFile("unbilled-usage", ".json.gz");
                try {
                    download(operationId, texts(manifest, "eTag"), blob, file);
                    print(file, out);
                } finally {
                    Files.delete(file);
                }
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
            HttpResponse<String> answer;
            try {
                answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            } catch (IOException error) {
                if (attempt == 4) throw new IOException("No answer from " + baseUrl + ": " + error);
                Thread.sleep(1000L << attempt);
                continue;
            }
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
        for (var end = Instant.now().plusSeconds(timeout); Instant.now().isBefore(end); ) {
            var answer = graph("operations/" + operationId, null);
            var types = texts(answer.body(), "@odata.type"); // the type of the operation, and perhaps those of objects in it
            if (types.contains("#microsoft.graph.partners.billing.exportSuccessOperation")) {
                if (!texts(answer.body(), "rootDirectory").isEmpty()) return answer.body();
                var link = text(answer.body(), "resourceLocation@odata.navigationLink");
                return graph("manifests/" + lastSegment(link), null).body();
            }
            if (!types.contains("#microsoft.graph.partners.billing.runningOperation"))
                // Failed, with code 5000 if there is no data, or an unknown type, which might never end.
                throw new IOException("The export did not succeed: " + types + texts(answer.body(), "code"));
            await(answer, 1);
        }
        throw new IOException("The export " + operationId + " did not end within " + timeout + " s.");
    }

    /** Downloads a blob. The connection may break, so there are three attempts. */
    static void download(String operationId, List<String> eTag, String blob, Path file) throws Exception {
        for (int attempt = 0; ; attempt++) {
            var fresh = manifestOf(operationId); // with a SAS that has not expired
            if (!texts(fresh, "eTag").equals(eTag))
                throw new IOException("The data was exported again while you read it. Start over.");
            var url = URI.create(text(fresh, "rootDirectory") + "/" + blob + "?" + text(fresh, "sasToken"));
            try {
                var body = HttpResponse.BodyHandlers.ofFile(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
                int status = http.send(HttpRequest.newBuilder(url).build(), body).statusCode();
                if (status == 200) return;
                if (status < 500 || attempt == 2) throw new IllegalStateException(blob + ": HTTP " + status);
            } catch (IOException error) {
                if (attempt == 2) throw new IOException(blob + ": " + error.getMessage());
            }
            Thread.sleep(1000L << attempt);
        }
    }

    /** Reads a file: between two gzip members, Java mistakes a socket without waiting bytes for the end. */
    static void print(Path file, OutputStream out) throws IOException {
        var unpacked = new GZIPInputStream(Files.newInputStream(file));
        try (var lines = new BufferedReader(new InputStreamReader(unpacked, UTF_8.newDecoder()))) {
            for (String line; (line = lines.readLine()) != null; )
                if (!line.isBlank()) out.write((line + "\n").getBytes(UTF_8));
        }
    }

    /** Only the ID is used: the token goes to baseUrl, whatever host a Location names. */
    static String lastSegment(String url) {
        var path = URI.create(url).getRawPath().replaceAll("/+$", "");
        return path.substring(path.lastIndexOf('/') + 1);
    }

    static String text(String json, String property) {
        return texts(json, property).stream().findFirst().orElseThrow(() -> new NoSuchElementException("no " + property));
    }

    /** Returns the string values of all properties with this name, without escapes. */
    static List<String> texts(String json, String property) {
        var pattern = Pattern.compile("\"" + Pattern.quote(property) + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
        var escapes = Pattern.compile("\\\\(?:u(\\p{XDigit}{4})|(.))");
        return pattern.matcher(json).results().map(found -> escapes.matcher(found.group(1)).replaceAll(escape ->
            Matcher.quoteReplacement(escape.group(1) == null
                ? escape.group(2)
                : String.valueOf((char) Integer.parseInt(escape.group(1), 16))))).toList();
    }
}

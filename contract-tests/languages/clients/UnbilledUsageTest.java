import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests spec/clients/UnbilledUsage.java. */
class UnbilledUsageTest {
    @TempDir
    Path folder;

    @Test
    void theIdIsTheLastSegmentOfAUrl() {
        for (var url : List.of("https://elsewhere.example/operations/1", "/operations/1/", "operations/1?a=/2#/3")) {
            assertEquals("1", UnbilledUsage.lastSegment(url));
        }
    }

    @Test
    void aTextIsReadWithoutItsEscapes() {
        var json = "{\"name\" : \"a\\\"b\\u00e9\\/\", \"in\": {\"name\":\"c\"}, \"number\": 1}";
        assertEquals(List.of("a\"bé/", "c"), UnbilledUsage.texts(json, "name"));
        assertThrows(NoSuchElementException.class, () -> UnbilledUsage.text(json, "number"));
    }

    @Test
    void everyGzipMemberIsPrintedWithoutBlankLines() throws IOException {
        var blob = members("{\"Quantity\":23.9833333333333333333}\r\n", "\n{}");
        var printed = new ByteArrayOutputStream();
        UnbilledUsage.print(Files.write(folder.resolve("blob"), blob), printed);
        assertEquals("{\"Quantity\":23.9833333333333333333}\n{}\n", printed.toString(UTF_8));
    }

    @Test
    void aTruncatedBlobIsAnError() throws IOException {
        var blob = members("{}\n");
        var half = Files.write(folder.resolve("blob"), Arrays.copyOf(blob, blob.length - 4));
        assertThrows(EOFException.class, () -> UnbilledUsage.print(half, new ByteArrayOutputStream()));
    }

    static byte[] members(String... parts) throws IOException {
        var blob = new ByteArrayOutputStream();
        for (var part : parts) {
            try (var member = new GZIPOutputStream(blob)) {
                member.write(part.getBytes(UTF_8));
            }
        }
        return blob.toByteArray();
    }
}

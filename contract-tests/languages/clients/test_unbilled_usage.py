"""Tests spec/clients/unbilled_usage.py: python3 -m unittest test_unbilled_usage"""

import gzip
import io
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime
from unittest.mock import patch

import unbilled_usage
from unbilled_usage import Client, ExportError, NoDataError, last_segment, seconds

TYPE = "#microsoft.graph.partners.billing."


class Answer(io.BytesIO):
    def __init__(self, body, **headers):
        super().__init__(body)
        self.headers, self.length = headers, 0


class RulesTest(unittest.TestCase):
    def test_the_wait_is_a_number_of_seconds_a_date_or_the_default(self):
        self.assertEqual([seconds("7"), seconds("0"), seconds(None), seconds(None, 4)], [7, 1, 1, 4])
        in_a_minute = datetime.now(timezone.utc) + timedelta(seconds=60)
        self.assertAlmostEqual(seconds(format_datetime(in_a_minute, usegmt=True)), 60, delta=2)

    def test_the_id_is_the_last_segment_of_a_url(self):
        urls = ["https://elsewhere.example/operations/1", "/operations/1/", "operations/1?a=/2#/3"]
        self.assertEqual([last_segment(url) for url in urls], ["1", "1", "1"])


class ClientTest(unittest.TestCase):
    def read(self, operation, blob=b""):
        """Returns the line items of an export that ends with this operation, and the requests."""
        requests = []

        def open_url(request, timeout):
            requests.append(request)
            if isinstance(request, str):
                return Answer(blob)
            if request.get_method() == "POST":
                return Answer(b"", Location="https://elsewhere.example/operations/1")
            return Answer(operation)

        with patch.object(unbilled_usage, "open_url", open_url):
            return list(Client("secret", "https://graph.example").line_items("USD", "last")), requests

    def test_an_amount_keeps_each_digit_in_every_gzip_member(self):
        operation = (
            f'{{"@odata.type": "{TYPE}exportSuccessOperation", "resourceLocation":'
            '{"rootDirectory": "https://storage.example/a", "sasToken": "sig=s", "blobs": [{"name": "b"}]}}'
        )
        lines = [b'{"Quantity":23.9833333333333333333}\r\n', b'\n{"Quantity":""}']
        items, requests = self.read(operation.encode(), b"".join(map(gzip.compress, lines)))
        self.assertEqual(items, [{"Quantity": Decimal("23.9833333333333333333")}, {"Quantity": ""}])
        # The blob has the SAS and no token, and the operation is at the base URL.
        self.assertEqual(requests[-1], "https://storage.example/a/b?sig=s")
        self.assertEqual(requests[1].full_url, "https://graph.example/reports/partners/billing/operations/1")

    def test_no_data_a_failure_and_an_unknown_type_are_errors(self):
        for kind, code, error in [("failed", "5000", NoDataError), ("failed", "1", ExportError), ("new", "", ExportError)]:
            operation = f'{{"@odata.type": "{TYPE}{kind}Operation", "error": {{"code": "{code}"}}}}'
            with self.assertRaises(error):
                self.read(operation.encode())


if __name__ == "__main__":
    unittest.main()

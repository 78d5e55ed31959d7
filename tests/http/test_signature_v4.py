"""Signatures of S3 requests, held to the examples of the specification."""

from datetime import UTC, datetime

import pytest

from publisher.http.signature_v4 import AccessKey, signed_headers

KEY = AccessKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NOW = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "https://examplebucket.s3.amazonaws.com"
DATE = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "signature"),
    [
        (
            "GET",
            "/test.txt",
            {"Range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            DATE,
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", "/?lifecycle", {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET", "/?max-keys=2&prefix=J", {}, b"", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)  # https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
def test_the_examples_of_the_specification_have_their_signatures(
    method: str, url: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    found = signed_headers(KEY, method, HOST + url, headers, body, NOW)
    assert found["Authorization"].endswith(f"Signature={signature}")


def test_a_port_is_signed_where_it_is_not_the_usual_one() -> None:
    same = {
        signed_headers(KEY, "GET", url, {}, b"", NOW)["Authorization"]
        for url in ("https://s3.example/b", "https://s3.example:443/b", "http://s3.example:80/b")
    }
    assert len(same) == 1
    assert signed_headers(KEY, "GET", "https://s3.example:9000/b", {}, b"", NOW)["Authorization"] not in same


def test_the_secret_is_in_no_text() -> None:
    found = signed_headers(KEY, "GET", "http://[::1]:9000/b?x=1", {}, b"", NOW)
    assert KEY.secret not in f"{found} {KEY!r}"

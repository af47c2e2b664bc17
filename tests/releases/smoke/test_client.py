"""Bodies of steps are encoded as the application reads them."""

from releases.smoke.client import encode


def test_a_multipart_body_carries_the_file_under_its_field():
    body, headers = encode(
        {"kind": "multipart", "field": "file", "filename": "scores.csv", "text": "A,B\n"}
    )
    mark = headers["Content-Type"].partition("boundary=")[2].encode()
    assert body.startswith(b"--" + mark) and body.endswith(b"\r\n--" + mark + b"--\r\n")
    assert b'name="file"; filename="scores.csv"' in body and b"\r\n\r\nA,B\n" in body
    assert encode({"kind": "none"}) == (None, {})
    assert encode({"kind": "json", "json": {}}) == (b"{}", {"Content-Type": "application/json"})

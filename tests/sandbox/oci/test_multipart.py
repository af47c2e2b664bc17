"""Uploads in parts, as the SDK's own UploadManager makes them; what a public bucket serves to
anybody.
"""

import base64
import hashlib

import pytest
import requests
from oci.object_storage import UploadManager
from oci.object_storage.models import CommitMultipartUploadDetails, CommitMultipartUploadPartDetails

from tests.patience import patient

NAME = "bundles/a b.zip"


@pytest.fixture
def storage(estate):
    estate.bucket()
    return estate.clients.storage


@pytest.fixture
def namespace(storage):
    return storage.get_namespace().data


@pytest.fixture
def upload(storage, namespace):
    details = {
        "object": NAME,
        "contentType": "application/zip",
        "cacheControl": "no-cache",
        "metadata": {"opc-meta-a": "b"},
    }
    return storage.create_multipart_upload(namespace, "uploads", details).data.upload_id


def _put(storage, namespace, upload, number, content, **more):
    return storage.upload_part(namespace, "uploads", NAME, upload, number, content, **more).headers[
        "etag"
    ]


def _commit(storage, namespace, upload, parts, **more):
    items = [
        CommitMultipartUploadPartDetails(part_num=number, etag=etag)
        for number, etag in parts.items()
    ]
    details = CommitMultipartUploadDetails(parts_to_commit=items, **more)
    return storage.commit_multipart_upload(namespace, "uploads", NAME, upload, details)


def test_parts_become_one_object_in_the_order_of_their_numbers(storage, namespace, upload, refusal):
    parts = {
        2: _put(storage, namespace, upload, 2, b"world"),
        1: _put(storage, namespace, upload, 1, b"hello "),
    }
    assert refusal(storage.get_object, namespace, "uploads", NAME) == (404, "ObjectNotFound")
    found = storage.list_multipart_upload_parts(namespace, "uploads", NAME, upload).data
    assert [(part.part_number, part.size) for part in found] == [(1, 6), (2, 5)]
    told = _commit(storage, namespace, upload, parts).headers["opc-multipart-md5"]
    got = storage.get_object(namespace, "uploads", NAME)
    assert got.data.content == b"hello world" and got.headers["opc-meta-a"] == "b"
    assert (got.headers["content-type"], got.headers["cache-control"]) == (
        "application/zip",
        "no-cache",
    )
    whole = hashlib.md5(hashlib.md5(b"hello ").digest() + hashlib.md5(b"world").digest()).digest()
    assert told == f"{base64.b64encode(whole).decode()}-2" and "content-md5" not in got.headers
    assert storage.list_multipart_uploads(namespace, "uploads").data == []


def test_a_commit_names_every_part_as_it_was_uploaded(storage, namespace, upload, refusal):
    old = _put(storage, namespace, upload, 1, b"old")
    new = _put(storage, namespace, upload, 1, b"new")
    other = _put(storage, namespace, upload, 2, b"left out")
    assert refusal(_commit, storage, namespace, upload, {1: new})[0] == 400
    assert refusal(_commit, storage, namespace, upload, {1: old, 2: other}) == (
        400,
        "InvalidUploadPart",
    )
    _commit(storage, namespace, upload, {1: new}, parts_to_exclude=[2])
    assert storage.get_object(namespace, "uploads", NAME).data.content == b"new"


def test_what_is_given_up_is_gone(storage, namespace, upload, refusal):
    _put(storage, namespace, upload, 1, b"x")
    storage.abort_multipart_upload(namespace, "uploads", NAME, upload)
    assert refusal(storage.list_multipart_upload_parts, namespace, "uploads", NAME, upload) == (
        404,
        "NoSuchUpload",
    )
    assert refusal(_put, storage, namespace, upload, 2, b"y") == (404, "NoSuchUpload")


def test_a_part_is_checked_and_a_condition_holds_at_both_ends(storage, namespace, upload, refusal):
    assert refusal(_put, storage, namespace, upload, 1, b"x", content_md5="bm90IGl0") == (
        400,
        "UnmatchedContentMD5",
    )
    assert refusal(_put, storage, namespace, upload, 10_001, b"x")[0] == 400
    storage.put_object(namespace, "uploads", NAME, b"there")
    part = _put(storage, namespace, upload, 1, b"x")
    details = CommitMultipartUploadDetails(
        parts_to_commit=[CommitMultipartUploadPartDetails(part_num=1, etag=part)]
    )
    given = (namespace, "uploads", NAME, upload, details)
    assert refusal(storage.commit_multipart_upload, *given, if_none_match="*") == (
        412,
        "IfNoneMatchFailed",
    )
    details = {"object": NAME}
    assert (
        refusal(storage.create_multipart_upload, namespace, "uploads", details, if_none_match="*")[
            0
        ]
        == 412
    )


def test_the_sdks_upload_manager_finds_its_way(storage, namespace, tmp_path):
    content = bytes(range(256)) * 4096 * 3
    file = tmp_path / "large"
    file.write_bytes(content)
    manager = UploadManager(storage, allow_parallel_uploads=True)
    done = manager.upload_file(namespace, "uploads", "large", str(file), part_size=1024 * 1024)
    assert done.status == 200 and done.headers["opc-multipart-md5"].endswith("-3")
    assert storage.get_object(namespace, "uploads", "large").data.content == content


def test_a_public_object_is_served_to_anybody_as_it_was_put(estate, storage, namespace, simulator):
    estate.bucket(name="public", publicAccessType="ObjectReadWithoutList")
    storage.put_object(
        namespace,
        "public",
        "assets/a.js",
        b"1",
        content_type="text/javascript",
        cache_control="no-cache",
    )
    base = f"{simulator.endpoint}/n/{namespace}/b"
    got = requests.get(f"{base}/public/o/assets/a.js", timeout=patient(5))
    assert (got.status_code, got.content, got.headers["content-type"]) == (
        200,
        b"1",
        "text/javascript",
    )
    assert got.headers["cache-control"] == "no-cache" and got.headers["content-md5"]
    assert requests.get(f"{base}/public/o", timeout=patient(5)).status_code == 404
    assert requests.get(f"{base}/uploads/o/assets/a.js", timeout=patient(5)).status_code == 404

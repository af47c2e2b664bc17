"""Buckets and objects."""

import datetime
import io

import oci
import pytest
import requests

from tests.patience import patient


@pytest.fixture
def storage(estate):
    return estate.clients.storage


@pytest.fixture
def namespace(storage):
    return storage.get_namespace().data


def _names(storage, namespace, **more):
    return [item.name for item in storage.list_objects(namespace, "uploads", **more).data.objects]


def test_a_bucket_is_made_changed_and_deleted(estate, storage, namespace, refusal):
    made = estate.bucket(metadata={"a": "b"}, freeformTags={"project": "conceptlens"})
    assert (made.public_access_type, made.versioning, made.storage_tier) == (
        "NoPublicAccess",
        "Disabled",
        "Standard",
    )
    assert made.created_by == estate.clients.simulator.tenancy["user"] and made.id.startswith(
        "ocid1.bucket."
    )
    assert storage.head_bucket(namespace, "uploads").headers["etag"] == made.etag
    changed = storage.update_bucket(
        namespace, "uploads", {"publicAccessType": "ObjectReadWithoutList"}
    ).data
    assert changed.public_access_type == "ObjectReadWithoutList" and changed.etag != made.etag
    assert [item.name for item in storage.list_buckets(namespace, estate.compartment).data] == [
        "uploads"
    ]
    storage.delete_bucket(namespace, "uploads", if_match=changed.etag)
    assert refusal(storage.get_bucket, namespace, "uploads") == (404, "BucketNotFound")


def test_a_buckets_name_is_unique_in_the_namespace(estate, storage, namespace, refusal):
    estate.bucket()
    details = {"name": "uploads", "compartmentId": estate.tenancy}
    assert refusal(storage.create_bucket, namespace, details) == (409, "BucketAlreadyExists")
    assert refusal(storage.create_bucket, "other", details) == (404, "NamespaceNotFound")
    assert refusal(storage.create_bucket, namespace, {**details, "name": "a b"}) == (
        400,
        "InvalidBucketName",
    )


def test_an_object_comes_back_as_it_went(estate, storage, namespace):
    estate.bucket()
    name = "exam 1/räume/a?b#c.csv"
    put = storage.put_object(
        namespace, "uploads", name, b"x,y\n1,2\n", content_type="text/csv", opc_meta={"exam": "1"}
    )
    got = storage.get_object(namespace, "uploads", name)
    assert got.data.content == b"x,y\n1,2\n"
    assert (got.headers["content-type"], got.headers["opc-meta-exam"]) == ("text/csv", "1")
    head = storage.head_object(namespace, "uploads", name)
    assert head.headers["content-length"] == "8" and head.headers["etag"] == put.headers["etag"]
    assert storage.get_object(namespace, "uploads", name, range="bytes=0-2").data.content == b"x,y"
    storage.put_object(namespace, "uploads", "stream", io.BytesIO(b"z" * 100_000))
    assert len(storage.get_object(namespace, "uploads", "stream").data.content) == 100_000


def test_conditions_guard_an_object(estate, storage, namespace, refusal):
    estate.bucket()
    first = storage.put_object(namespace, "uploads", "a", b"1", if_none_match="*")
    assert refusal(storage.put_object, namespace, "uploads", "a", b"2", if_none_match="*") == (
        412,
        "IfNoneMatchFailed",
    )
    storage.put_object(namespace, "uploads", "a", b"2", if_match=first.headers["etag"])
    assert refusal(
        storage.put_object, namespace, "uploads", "a", b"3", if_match=first.headers["etag"]
    ) == (412, "NoEtagMatch")
    assert (
        refusal(
            storage.put_object,
            namespace,
            "uploads",
            "b",
            b"1",
            content_md5="AAAAAAAAAAAAAAAAAAAAAA==",
        )[1]
        == "UnmatchedContentMD5"
    )
    assert refusal(storage.get_object, namespace, "uploads", "missing") == (404, "ObjectNotFound")


def test_listing_shows_names_and_pages_by_start(estate, storage, namespace):
    estate.bucket()
    for name in ("a/1", "a/2", "b", "c"):
        storage.put_object(namespace, "uploads", name, b"12")
    plain = storage.list_objects(namespace, "uploads").data.objects[0]
    assert plain.name == "a/1" and plain.size is None
    assert (
        storage.list_objects(namespace, "uploads", fields="name,size,md5,etag").data.objects[0].size
        == 2
    )
    page = storage.list_objects(namespace, "uploads", limit=3).data
    assert len(page.objects) == 3 and page.next_start_with == "c"
    assert _names(storage, namespace, start="c") == ["c"]
    assert _names(storage, namespace, prefix="a/") == ["a/1", "a/2"]
    folders = storage.list_objects(namespace, "uploads", delimiter="/").data
    assert folders.prefixes == ["a/"] and [item.name for item in folders.objects] == ["b", "c"]
    every = oci.pagination.list_call_get_all_results(
        storage.list_buckets, namespace, estate.compartment
    ).data
    assert len(every) == 1


def test_a_bucket_with_objects_is_not_deleted(estate, storage, namespace, refusal):
    estate.bucket()
    storage.put_object(namespace, "uploads", "a", b"1")
    assert refusal(storage.delete_bucket, namespace, "uploads") == (409, "BucketNotEmpty")
    storage.delete_object(namespace, "uploads", "a")
    assert storage.delete_bucket(namespace, "uploads").status == 204


def test_versions_are_kept_behind_a_marker_until_named(estate, storage, namespace, refusal):
    estate.bucket(versioning="Enabled")
    first = storage.put_object(namespace, "uploads", "a", b"1").headers["version-id"]
    storage.put_object(namespace, "uploads", "a", b"2")
    assert storage.get_object(namespace, "uploads", "a", version_id=first).data.content == b"1"
    storage.delete_object(namespace, "uploads", "a")
    assert refusal(storage.get_object, namespace, "uploads", "a") == (404, "ObjectNotFound")
    versions = storage.list_object_versions(namespace, "uploads").data.items
    assert [version.is_delete_marker for version in versions] == [True, False, False]
    for version in versions[:2]:
        storage.delete_object(namespace, "uploads", "a", version_id=version.version_id)
    assert storage.get_object(namespace, "uploads", "a").data.content == b"1"


def test_retention_protects_and_excludes_versioning(estate, simulator, storage, namespace, refusal):
    estate.bucket("backups")
    rule = {"displayName": "thirty", "duration": {"timeAmount": 30, "timeUnit": "DAYS"}}
    made = storage.create_retention_rule(namespace, "backups", rule).data
    storage.put_object(namespace, "backups", "a", b"1")
    assert refusal(storage.delete_object, namespace, "backups", "a")[0] == 409
    assert refusal(storage.put_object, namespace, "backups", "a", b"2")[0] == 409
    assert refusal(storage.update_bucket, namespace, "backups", {"versioning": "Enabled"})[0] == 409
    assert [item.id for item in storage.list_retention_rules(namespace, "backups").data.items] == [
        made.id
    ]
    simulator.advance(31 * 86_400)
    assert storage.delete_object(namespace, "backups", "a").status == 204
    estate.bucket("versioned", versioning="Enabled")
    assert refusal(storage.create_retention_rule, namespace, "versioned", rule)[0] == 409


def test_a_locked_rule_stays(estate, simulator, storage, namespace, refusal):
    estate.bucket("audit")
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)).isoformat()
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=15)).isoformat()
    rule = {"displayName": "r", "duration": {"timeAmount": 1, "timeUnit": "YEARS"}}
    assert (
        refusal(
            storage.create_retention_rule, namespace, "audit", {**rule, "timeRuleLocked": soon}
        )[0]
        == 400
    )
    made = storage.create_retention_rule(namespace, "audit", {**rule, "timeRuleLocked": later}).data
    simulator.advance(16 * 86_400)
    assert refusal(storage.delete_retention_rule, namespace, "audit", made.id) == (
        409,
        "RetentionRuleLocked",
    )
    shorter = {"duration": {"timeAmount": 1, "timeUnit": "DAYS"}}
    assert refusal(storage.update_retention_rule, namespace, "audit", made.id, shorter) == (
        409,
        "RetentionRuleLocked",
    )
    assert (
        storage.update_retention_rule(
            namespace, "audit", made.id, {"duration": {"timeAmount": 2, "timeUnit": "YEARS"}}
        ).status
        == 200
    )


def test_a_lifecycle_policy_is_replaced_as_a_whole(estate, storage, namespace, refusal):
    estate.bucket("exports")
    rule = {
        "name": "old",
        "action": "DELETE",
        "timeAmount": 30,
        "timeUnit": "DAYS",
        "isEnabled": True,
    }
    assert refusal(storage.get_object_lifecycle_policy, namespace, "exports")[0] == 404
    said = "Allow service objectstorage-us-ashburn-1 to manage object-family in tenancy"
    common = {"compartmentId": estate.tenancy, "name": "services", "description": "lifecycle"}
    estate.clients.identity.create_policy({**common, "statements": [said]})
    storage.put_object_lifecycle_policy(namespace, "exports", {"items": [rule]})
    storage.put_object_lifecycle_policy(namespace, "exports", {"items": [{**rule, "name": "new"}]})
    assert [
        item.name for item in storage.get_object_lifecycle_policy(namespace, "exports").data.items
    ] == ["new"]
    assert storage.get_bucket(namespace, "exports").data.object_lifecycle_policy_etag
    storage.delete_object_lifecycle_policy(namespace, "exports")
    assert refusal(storage.get_object_lifecycle_policy, namespace, "exports")[0] == 404


def test_a_copy_is_a_work_request_that_ends_completed(estate, storage, namespace):
    estate.bucket()
    storage.put_object(namespace, "uploads", "a", b"1")
    details = {
        "sourceObjectName": "a",
        "destinationRegion": "us-ashburn-1",
        "destinationNamespace": namespace,
    }
    answer = storage.copy_object(
        namespace,
        "uploads",
        {**details, "destinationBucket": "uploads", "destinationObjectName": "b"},
    )
    assert (
        storage.get_work_request(answer.headers["opc-work-request-id"]).data.status == "COMPLETED"
    )
    assert storage.get_object(namespace, "uploads", "b").data.content == b"1"


def _par(storage, namespace, access="ObjectRead", name="a", **more):
    expires = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat()
    details = {
        "name": "link",
        "accessType": access,
        "timeExpires": expires,
        "objectName": name,
        **more,
    }
    return storage.create_preauthenticated_request(namespace, "uploads", details).data


def test_a_preauthenticated_address_opens_one_object_until_it_expires(
    estate, simulator, storage, namespace
):
    estate.bucket()
    storage.put_object(namespace, "uploads", "a", b"1")
    storage.put_object(namespace, "uploads", "ab", b"2")
    made = _par(storage, namespace)
    assert requests.get(made.full_path, timeout=patient(5)).content == b"1"
    assert requests.get(made.full_path + "b", timeout=patient(5)).status_code == 404
    assert requests.put(made.full_path, data=b"2", timeout=patient(5)).status_code == 404
    assert "access_uri" not in dir(
        storage.get_preauthenticated_request(namespace, "uploads", made.id).data
    )
    assert made.access_uri.split("/")[2] not in str(simulator.journal())
    simulator.advance(3601)
    assert requests.get(made.full_path, timeout=patient(5)).status_code == 404


def test_a_preauthenticated_address_can_write_and_list_and_be_taken_back(
    estate, storage, namespace
):
    estate.bucket()
    made = _par(storage, namespace, "AnyObjectReadWrite", None, bucketListingAction="ListObjects")
    assert requests.put(made.full_path + "x/y", data=b"1", timeout=patient(5)).status_code == 200
    assert [
        item["name"] for item in requests.get(made.full_path, timeout=patient(5)).json()["objects"]
    ] == ["x/y"]
    storage.delete_preauthenticated_request(namespace, "uploads", made.id)
    assert requests.get(made.full_path + "x/y", timeout=patient(5)).status_code == 404


def test_only_a_public_bucket_is_read_without_signature(estate, simulator, storage, namespace):
    estate.bucket()
    storage.put_object(namespace, "uploads", "a", b"1")
    address = f"{simulator.endpoint}/n/{namespace}/b/uploads/o"
    assert requests.get(f"{address}/a", timeout=patient(5)).status_code == 404
    storage.update_bucket(namespace, "uploads", {"publicAccessType": "ObjectReadWithoutList"})
    assert requests.get(f"{address}/a", timeout=patient(5)).content == b"1"
    assert requests.get(address, timeout=patient(5)).status_code == 404
    assert requests.put(f"{address}/a", data=b"2", timeout=patient(5)).status_code == 401

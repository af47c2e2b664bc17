"""Errors: the right class, words an operator can act on, and whether it may have happened."""

import socket

import pytest

from portal.cloud import errors, sdk_clients
from portal.cloud.client import client
from tests.portal.cloud.conftest import Reply


def _fail(cloud, status, code, message="said so", **headers):
    cloud.replies = [Reply({"code": code, "message": message}, status, headers)]
    with pytest.raises(errors.CloudError) as caught:
        client().read("virtual_network", "get_vcn", "v")
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable", "unknown"),
    [
        (400, "InvalidParameter", errors.BadRequest, False, False),
        (400, "LimitExceeded", errors.LimitExceeded, False, False),
        (400, "QuotaExceeded", errors.QuotaExceeded, False, False),
        (400, "RelatedResourceNotAuthorizedOrNotFound", errors.RelatedNotFound, False, False),
        (400, "InsufficientServicePermissions", errors.MissingServiceRights, False, False),
        (401, "NotAuthenticated", errors.NotAuthenticated, False, False),
        (403, "NotAllowed", errors.NotAllowed, False, False),
        (404, "NotAuthorizedOrNotFound", errors.NotFoundOrForbidden, False, False),
        (409, "IncorrectState", errors.Conflict, True, False),
        (409, "Conflict", errors.Conflict, False, False),
        (409, "BucketAlreadyExists", errors.AlreadyExists, False, False),
        (409, "NAMESPACE_CONFLICT", errors.AlreadyExists, False, False),
        (409, "NotAuthorizedOrResourceAlreadyExists", errors.TakenOrForbidden, False, False),
        (409, "ResourceLocked", errors.ResourceLocked, False, False),
        (409, "InvalidatedRetryToken", errors.WrongTokenBody, False, False),
        (412, "NoEtagMatch", errors.StaleEtag, False, False),
        (413, "RequestEntityTooLarge", errors.BadRequest, False, False),
        (429, "TooManyRequests", errors.Throttled, True, False),
        (500, "InternalServerError", errors.Unavailable, True, True),
        (503, "ServiceUnavailable", errors.Unavailable, True, True),
        (501, "MethodNotImplemented", errors.NotSupported, False, False),
    ],
)
def test_it_maps(cloud, status, code, kind, retryable, unknown):
    error = _fail(cloud, status, code)
    assert type(error) is kind
    assert (error.status, error.code, error.retryable, error.outcome_unknown) == (
        status,
        code,
        retryable,
        unknown,
    )
    assert (error.request_id, error.operation) == ("REQ", "virtual_network.get_vcn")
    assert f"OCI answered {status} {code} to virtual_network.get_vcn: said so." in error.message
    assert error.next_step


WORDS = [  # what OCI says, and what a person reads who has to act on it
    (400, "LimitExceeded", "vault-count", "ask for a higher limit"),
    (400, "QuotaExceeded", "compartment quota", "This quota is your own, not Oracle's"),
    (
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
        "subnet",
        "does not exist, or the portal has no right to see it",
    ),
    (400, "InsufficientServicePermissions", "lifecycle", "A policy must let the service work here"),
    (404, "NotAuthorizedOrNotFound", "vcn", "Two causes look the same"),
    (409, "BucketAlreadyExists", "uploads", "Adopt the existing resource"),
    (409, "NAMESPACE_CONFLICT", "path", "choose another name"),
    (
        409,
        "NotAuthorizedOrResourceAlreadyExists",
        "topic",
        "the name is taken by something that the portal cannot see, or",
    ),
    (409, "IncorrectState", "vcn", "Wait until the resource is at rest"),
    (409, "ResourceLocked", "vault", "Have the lock removed"),
    (429, "TooManyRequests", "kms", "slows down and retries automatically"),
    (500, "InternalError", "Out of host capacity.", "no free hardware of this shape"),
    (500, "InternalServerError", "oops", "checks whether it happened"),
]


@pytest.mark.parametrize(("status", "code", "said", "advice"), WORDS)
def test_every_error_says_what_happened_and_what_to_do(cloud, status, code, said, advice):
    words = str(_fail(cloud, status, code, said))
    assert said.rstrip(".") in words and code in words and advice in words


def test_a_lack_of_hardware_is_not_tried_again_by_itself(cloud):
    error = _fail(cloud, 500, "InternalError", "Out of host capacity")
    assert type(error) is errors.OutOfCapacity and not error.retryable and error.outcome_unknown


def test_a_404_shows_both_causes(cloud):
    said = str(_fail(cloud, 404, "NotAuthorizedOrNotFound"))
    assert "does not exist" in said
    assert "no right to see it" in said


def test_it_keeps_how_long_oci_asks_to_wait(cloud):
    assert _fail(cloud, 429, "TooManyRequests", **{"retry-after": "7"}).retry_after == 7


def test_no_password_reaches_the_message(cloud):
    assert "hunter2" not in str(
        _fail(cloud, 400, "InvalidParameter", "endpoint https://oci:hunter2@portal/hooks is bad")
    )


def test_an_answer_that_is_not_json_is_still_an_error_in_words(cloud):
    cloud.replies = [Reply("<html>bad gateway</html>", 502)]
    with pytest.raises(errors.Unavailable, match="502"):
        client().read("virtual_network", "get_vcn", "v")


def test_a_lost_answer_is_unknown(cloud):
    cloud.replies = [Reply(hang_up=True)]
    with pytest.raises(errors.NoAnswer) as caught:
        client().change("virtual_network", "create_vcn", {"compartmentId": "c"})
    assert caught.value.outcome_unknown
    assert len(cloud.seen) == 1  # never sent twice


def test_a_time_out_after_sending_is_unknown(cloud, monkeypatch):
    monkeypatch.setattr(sdk_clients, "TIMEOUT", (1, 0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(errors.NoAnswer):
        client().at(f"http://127.0.0.1:{silent.getsockname()[1]}").read(
            "virtual_network", "get_vcn", "v"
        )


def test_a_refused_connection_certainly_did_nothing(cloud):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(errors.Unreachable) as caught:
        client().at(f"http://127.0.0.1:{port}").read("virtual_network", "get_vcn", "v")
    assert caught.value.retryable
    assert not caught.value.outcome_unknown


def test_an_unknown_host_certainly_did_nothing(cloud):
    with pytest.raises(errors.Unreachable):
        client().at("http://no-such-host.invalid").read("virtual_network", "get_vcn", "v")


def test_missing_settings_are_named(cloud, settings):
    settings.OCI = {**settings.OCI, "key": "", "user": ""}
    with pytest.raises(errors.NotAuthenticated, match="OCI_USER, OCI_KEY are empty"):
        client().read("virtual_network", "get_vcn", "v")


def test_a_broken_key_says_so_without_showing_it(cloud, settings):
    settings.OCI = {**settings.OCI, "key": "-----BEGIN nonsense"}
    with pytest.raises(errors.NotAuthenticated, match="no usable OCI credential") as caught:
        client().read("virtual_network", "get_vcn", "v")
    assert "nonsense" not in str(caught.value)

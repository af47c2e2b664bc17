"""A request with an Idempotency-Key acts once, however often it comes."""

import pytest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from portal.api.idempotency import once
from portal.api.models import IdempotencyKey
from portal.lib.refusal import Forbidden, Invalid, Refused

pytestmark = pytest.mark.django_db


class Counter:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return Response({"call": self.calls}, status=201)


def ask(user, act, data=None, *, key="k1", path="/x"):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    raw = APIRequestFactory().post(path, data or {"a": 1}, format="json", **headers)
    request = Request(raw, parsers=[])
    request.user, request._full_data = user, data or {"a": 1}
    return once(request, act)


def test_the_same_request_gets_the_same_answer_and_acts_once(cast):
    act = Counter()
    first, second = ask(cast.deployer, act), ask(cast.deployer, act)
    assert act.calls == 1 and (first.data, first.status_code) == (
        second.data,
        second.status_code,
    ) == ({"call": 1}, 201)
    assert second["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first


def test_without_a_key_it_acts_each_time(cast):
    act = Counter()
    ask(cast.deployer, act, key="")
    ask(cast.deployer, act, key="")
    assert act.calls == 2 and not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("other", [{"data": {"a": 2}}, {"path": "/y"}])
def test_the_same_key_for_another_request_is_refused(cast, other):
    act = Counter()
    ask(cast.deployer, act)
    with pytest.raises(Refused, match="used for another request"):
        ask(cast.deployer, act, **other)
    assert act.calls == 1


def test_keys_of_two_people_have_nothing_to_do_with_each_other(cast):
    act = Counter()
    ask(cast.deployer, act)
    ask(cast.other_deployer, act)
    assert act.calls == 2


def test_a_refused_request_keeps_nothing_and_may_be_repeated(cast):
    def refuse():
        raise Refused("not now")

    with pytest.raises(Refused, match="not now"):
        ask(cast.deployer, refuse)
    act = Counter()
    assert ask(cast.deployer, act).data == {"call": 1}


def test_a_key_that_is_too_long_is_refused(cast):
    with pytest.raises(Invalid, match="at most 128"):
        ask(cast.deployer, Counter(), key="k" * 129)


def test_nobody_is_refused(cast, django_user_model):
    with pytest.raises((Forbidden, NotAuthenticated)):
        ask(None, Counter())

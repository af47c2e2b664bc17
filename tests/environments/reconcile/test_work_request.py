"""A change that OCI gave up: the step ends with OCI's own words, wherever OCI keeps them."""

from types import SimpleNamespace

import pytest

from environments.reconcile.step import ResourceStep
from portal.jobs.definition import Stop


class Cloud:
    """Answers one work request and its list of errors."""

    def __init__(self, request, errors=()):
        self.request, self.errors, self.asked = request, errors, []

    def read(self, service, operation, number):
        return SimpleNamespace(data=self.request)

    def pages(self, service, operation, number):
        self.asked.append((service, operation, number))
        return list(self.errors)


def at_work(service, cloud):
    ctx = SimpleNamespace(memo={"work_request": "wr-1"}, remember=lambda **values: None)
    step = ResourceStep.__new__(ResourceStep)
    step.ctx, step.client, step.kind = ctx, cloud, SimpleNamespace(work_requests=service)
    return step


@pytest.mark.parametrize(
    ("service", "request_", "errors"),
    [
        ("psql", {"status": "FAILED"}, [{"message": "Out of capacity"}]),
        (
            "load_balancer",
            {"lifecycleState": "FAILED", "errorDetails": [{"message": "Out of capacity"}]},
            [],
        ),
    ],
)
def test_it_says_why(service, request_, errors):
    with pytest.raises(Stop, match="OCI reported a failure: Out of capacity"):
        ResourceStep.work_request(at_work(service, Cloud(request_, errors)))


def test_without_any_words_it_says_the_state():
    cloud = Cloud({"status": "CANCELED"})
    with pytest.raises(Stop, match="OCI reported a failure: CANCELED"):
        ResourceStep.work_request(at_work("queue_admin", cloud))
    assert cloud.asked == [("queue_admin", "list_work_request_errors", "wr-1")]


def test_what_goes_on_is_waited_for():
    assert (
        ResourceStep.work_request(at_work("psql", Cloud({"status": "WAITING"})))
        == "work request waiting"
    )
    assert ResourceStep.work_request(at_work("psql", Cloud({"status": "SUCCEEDED"}))) == ""

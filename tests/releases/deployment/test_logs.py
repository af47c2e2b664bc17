"""What containers wrote is kept before they are deleted, masked, and shown to who may read it."""

import pytest
from django.db import IntegrityError, transaction

from portal.cloud.client import Answer
from releases.deployment import logs
from releases.models import ContainerLog
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


class Cloud:
    """Returns one log."""

    def __init__(self, content):
        self.content = content

    def read(self, service, operation, *args):
        return Answer(self.content, "", "", "", 200, {})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"one\ntwo\n", "one\ntwo\n"),
        (b"postgresql://app:hunter2@db/x\n", "postgresql://app:••••••@db/x\n"),
        (b"", ""),
        (b"a\x00b\xff\n", "a\ufffdb\ufffd\n"),
        (b"cut off\n" + b"x" * 262144, "x" * 262144),
    ],
)
def test_a_log_is_masked_and_whole_lines(content, text):
    kept = logs.read(Cloud(content), "container")
    assert kept == (
        text if len(content) < 262144 else ""
    )  # a text cut in the middle of its only line leaves nothing


def test_a_long_log_begins_with_a_whole_line():
    lines = b"".join(b"line %06d\n" % at for at in range(30_000))
    kept = logs.read(Cloud(lines), "container")
    assert kept.startswith("line ") and len(kept) <= 262144 and kept.endswith("line 029999\n")


@pytest.fixture
def log(dev):
    return ContainerLog.objects.create(
        environment=dev, instance="i", container="c", name="api", exit_code=1, text="<b>boom</b>"
    )


@pytest.mark.parametrize(
    ("who", "status"), [("deployer", 200), ("auditor", 200), ("readonly", 403)]
)
def test_it_is_read_by_who_may(client, cast, log, who, status):
    sign_in(client, getattr(cast, who))
    answer = client.get(f"/releases/log/{log.pk}/")
    assert answer.status_code == status
    assert ("&lt;b&gt;boom" in answer.content.decode()) is (status == 200)
    assert client.get("/releases/logs/dev/").status_code == 200


def test_it_is_written_once(log):
    with pytest.raises(IntegrityError, match="is evidence"), transaction.atomic():
        ContainerLog.objects.update(text="all went well")


def test_the_list_costs_the_same_for_many(client, cast, dev, log, django_assert_max_num_queries):
    sign_in(client, cast.deployer)
    with django_assert_max_num_queries(20) as one:
        client.get("/releases/logs/dev/")
    for number in range(5):
        ContainerLog.objects.create(
            environment=dev, instance="i", container=f"c{number}", name="api"
        )
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get("/releases/logs/dev/")

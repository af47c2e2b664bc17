"""The same keyed request sent by many at once, really committed."""

import threading
from datetime import timedelta

from django.db import connection, connections

from portal.api.models import ApiToken, IdempotencyKey
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.clock import now
from tests.patience import patient
from tests.portal.accounts.people import make_cast
from tests.portal.api.conftest import Api
from tests.releases.builders import image, provisioned

TOGETHER = 6
SHA = "sha256:" + "a" * 64
ORDER = {
    "environment": "stage",
    "version": "1.4.0",
    "git_sha": "a" * 40,
    "api_digest": SHA,
    "worker_digest": SHA,
}


def test_requests_with_one_key_that_come_together_act_once_and_get_one_answer(committed_db):
    provisioned("dev")
    _, secret = ApiToken.create(
        name="ci",
        owner=make_cast().deployer,
        scopes=["deploy"],
        expires_at=now() + timedelta(days=1),
        by="command:test",
    )
    answers, start = [], threading.Barrier(TOGETHER)

    def ask():
        try:
            start.wait(patient(20))
            answers.append(Api(secret).post("environments/dev/plans/", key="k"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202} and len(
        {answer.content for answer in answers}
    ) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == TOGETHER - 1
    assert (
        Job.objects.count()
        == IdempotencyKey.objects.count()
        == Event.objects.filter(verb="job.submitted").count()
        == 1
    )


def test_images_are_looked_for_outside_any_transaction(committed_db, monkeypatch):
    seen = []

    def find(environment, role, digest):
        seen.append(connection.in_atomic_block)
        return image(environment, role, "1.4.0")

    monkeypatch.setattr("releases.deployment.images.find", find)
    provisioned("stage")
    expires = now() + timedelta(days=1)
    given = {"scopes": ["deploy"], "expires_at": expires, "by": "command:test"}
    _, secret = ApiToken.create(name="ci", owner=make_cast().deployer, **given)
    first, second = (Api(secret).post("releases/", ORDER, key="k") for _ in range(2))
    assert first.status_code == 201 and first.json() == second.json()
    assert seen == [False, False] and second["Idempotent-Replayed"] == "true"

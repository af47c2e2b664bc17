"""Publishing: parts first, the page last; what is served is looked at; a former bundle comes
back in two clicks.
"""

import json

import pytest
import requests
from django.test import Client
from django.urls import reverse

from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.deployment.steps import check_frontend
from releases.frontend import config, live_check, publish, rollback
from releases.models import Publication
from releases.requests.plan import FrontendTarget
from tests.patience import patient
from tests.portal.accounts.people import sign_in
from tests.releases.frontend.packing import script_of
from tests.releases.site import noted, run


@pytest.fixture
def browser(site):
    return sign_in(Client(), site.cast.deployer)


def names(site):
    return [one.path.rpartition("/o/")[2] for one in site.calls() if "frontend-static" in one.path]


def test_parts_go_first_and_the_page_last_and_everybody_gets_them(site, audited):
    bundle = site.upload()
    job = site.publish(bundle)
    assert job.state == "succeeded", noted(job)
    written = names(site)
    assert written[-1] == "index.html" and written[-2] == "icon.svg" and len(written) == 4
    got = requests.get(config.url(site.environment), timeout=patient(5))
    assert (got.status_code, got.headers["content-type"], got.headers["cache-control"]) == (
        200,
        "text/html; charset=utf-8",
        "no-cache",
    )
    checks = job.step_rows.get(name="check_frontend").result
    assert checks["passed"], checks
    assert Publication.objects.get().bundle == bundle
    assert [row[1] for row in audited(Verb.FRONTEND_PUBLISHED)] == ["done"]


def test_publishing_again_writes_nothing(site, audited):
    bundle = site.upload()
    site.publish(bundle)
    count = len(names(site))
    assert site.publish(bundle).state == "succeeded"
    assert len(names(site)) == count and Publication.objects.count() == 1


def test_the_next_bundle_leaves_the_parts_of_the_former_one_for_a_while(site):
    old, new = site.upload("1.0.0"), site.upload("2.0.0")
    site.publish(old)
    site.publish(new)
    there = set(site.public())
    assert {script_of({f["name"]: f for f in one.files}) for one in (old, new)} <= there
    gone = publish.outdated_files("dev", now())
    assert gone == {script_of({f["name"]: f for f in old.files})}
    assert publish.outdated_files("dev", Publication.objects.earliest("id").published_at) == set()


def test_a_former_bundle_comes_back_in_two_clicks(site, browser, audited):
    old, new = site.upload("1.0.0"), site.upload("2.0.0")
    site.publish(old)
    site.publish(new)
    page = browser.get(reverse("frontend", args=["dev"])).content.decode()
    link = reverse("frontend-back", args=["dev", old.pk])
    assert link in page and reverse("frontend-back", args=["dev", new.pk]) not in page
    assert b"Roll back dev to this frontend" in browser.get(link).content
    before = len(names(site))
    answer = browser.post(link, {"reason": "the charts are empty"})
    assert answer.status_code == 302
    job = run(Job.objects.get(kind="releases.publish", spec__reason="the charts are empty"))
    assert job.state == "succeeded", noted(job)
    assert names(site)[before:] == ["index.html"]  # the rest is still there
    assert "1.0.0" in requests.get(config.url(site.environment), timeout=patient(5)).text
    told = audited(Verb.FRONTEND_ROLLBACK)
    assert (
        told[0][1] == "done"
        and told[0][2]["bundle"] == old.digest
        and told[0][2]["from"] == new.digest
    )
    assert [row.bundle_id for row in Publication.objects.order_by("id")] == [old.pk, new.pk, old.pk]


def test_only_what_was_served_comes_back_and_only_by_those_who_may(site, audited):
    bundle, other = site.upload("1.0.0"), site.upload("2.0.0")
    site.publish(bundle)
    with pytest.raises(Refused, match="was never published"):
        rollback.roll_back_frontend(
            site.environment, site.cast.deployer, other.pk, reason="because"
        )
    with pytest.raises(Refused, match="already published"):
        rollback.roll_back_frontend(
            site.environment, site.cast.deployer, bundle.pk, reason="because"
        )
    with pytest.raises(Refused, match="reason"):
        rollback.roll_back_frontend(site.environment, site.cast.deployer, bundle.pk, reason=" ")
    reader = sign_in(Client(), site.cast.readonly)
    assert (
        reader.post(
            reverse("frontend-back", args=["dev", bundle.pk]), {"reason": "because"}
        ).status_code
        == 403
    )
    site.environment.settings["api_origin"] = "https://moved.example.com"
    site.environment.save()
    Publication.objects.publish(other.pk, job=None)
    with pytest.raises(Refused, match="calls the API at"):
        rollback.roll_back_frontend(
            site.environment, site.cast.deployer, bundle.pk, reason="because"
        )


def test_an_archive_that_was_changed_in_the_bucket_is_not_published(site):
    bundle, cloud = site.upload(), client()
    cloud.change(
        "object_storage",
        "put_object",
        cloud.namespace,
        bundle.bucket,
        bundle.archive,
        site.archive("6.6.6"),
    )
    job = site.publish(bundle)
    assert job.state != "succeeded" and "is not what was checked" in job.reason
    assert site.public() == {} and not Publication.objects.exists()


def test_a_cdn_is_told_to_forget_the_page_alone(site, monkeypatch):
    monkeypatch.setattr(check_frontend, "LIMIT_SECONDS", 0)  # the double serves no pages
    site.environment.settings |= {
        "cdn_provider": "hook",
        "purge_url": f"{site.backend.origin}/purge",
    }
    site.environment.settings["frontend_url"] = site.backend.origin
    site.environment.save()
    bundle = site.upload()
    site.publish(bundle)
    path, _, body = site.backend.purges[0]
    assert path == "/purge"
    assert json.loads(body) == {
        "files": [f"{site.backend.origin}/", f"{site.backend.origin}/index.html"]
    }


def test_a_cdn_that_says_no_ends_the_job_and_gives_the_former_page_back(site):
    old, new = site.upload("1.0.0"), site.upload("2.0.0")
    site.publish(old)
    site.backend.purge_status = 500
    site.environment.settings["purge_url"] = f"{site.backend.origin}/purge"
    site.environment.save()
    job = site.publish(new)
    assert job.state != "succeeded" and "the CDN was not purged" in job.reason
    assert "1.0.0" in requests.get(config.url(site.environment), timeout=patient(5)).text


def test_what_users_get_is_told_thing_by_thing(site, browser):
    bundle = site.upload()
    site.publish(bundle)
    assert b"as expected" in browser.get(reverse("frontend-served", args=["dev"])).content

    def wrong():
        found = live_check.check_live(
            config.frontend_config(site.environment),
            bundle.files,
            {"prod": "https://api.example.com"},
        )
        return {one.name: one.words for one in found if not one.passed}

    assert wrong() == {}
    for headers in ("", "accept", "*"):
        site.backend.headers = headers
        assert "but not send authorization" in wrong()["cors"]
    site.backend.headers = "authorization"
    site.backend.allowed = {live_check.FOREIGN}
    assert set(wrong()) == {"cors"}
    cloud, bucket = client(), "conceptlens-dev-frontend-static"
    cloud.change(
        "object_storage", "put_object", cloud.namespace, bucket, "index.html", b"<p>mine</p>"
    )
    found = wrong()
    assert "is not what was published" in found["page"] and "page type" in found
    assert "none of the 0 scripts" in found["api"]
    cloud.change("object_storage", "delete_object", cloud.namespace, bucket, "index.html")
    assert "answers 404" in wrong()["page"]


def test_a_name_that_leads_nowhere_is_told(monkeypatch):
    def nothing(*args, **kwargs):
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", nothing)
    target = FrontendTarget(url="https://app.nowhere.example/")
    found = live_check.check_live(target, [], {})
    assert not found[0].passed and "look at its DNS record" in found[0].words

"""Bringing a build in by browser or by REST: effect, audit row, refusal, repeat; half an
upload leaves nothing.
"""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.api.models import ApiToken
from portal.audit.verbs import Verb
from portal.lib.clock import now
from portal.lib.refusal import Invalid
from releases.frontend import archive, upload
from releases.models import Bundle
from tests.portal.accounts.people import sign_in
from tests.releases.frontend.packing import build, script_of, tarred

ADDRESS = "/releases/bundles/?environment=dev"


@pytest.fixture
def browser(site):
    return sign_in(Client(), site.cast.deployer)


def send(browser, data, whole="1", address=ADDRESS, **more):
    return browser.post(
        address, {"file": SimpleUploadedFile("C:\\tmp\\dist.zip", data), "whole": whole}, **more
    )


def test_a_build_is_checked_kept_and_written_down_once(site, browser, audited):
    answer = send(browser, site.archive())
    bundle = Bundle.objects.get()
    assert answer.status_code == 302 and answer.url == bundle.get_absolute_url()
    assert (bundle.label, bundle.api_origin, bundle.uploaded_by) == (
        "dist.zip",
        site.backend.origin,
        site.cast.deployer,
    )
    assert (
        site.kept() == [bundle.archive]
        and bundle.archive == f"bundles/{bundle.archive_sha256[7:]}.zip"
    )
    told = audited(Verb.BUNDLE_UPLOADED)
    assert [row[1] for row in told] == ["admitted", "done"] and told[1][2][
        "digest"
    ] == bundle.digest

    send(browser, site.archive())
    repacked = tarred(build(api=site.backend.origin))
    assert send(browser, repacked).status_code == 302  # the same files, packed in another way
    assert Bundle.objects.count() == 1 and site.kept() == [bundle.archive]
    assert len(site.calls()) == 1


def test_the_same_bytes_that_are_there_already_are_no_trouble(site):
    bundle = site.upload()
    assert (
        upload.store.keep(  # as when the portal died between the object and its row
            site.environment,
            io.BytesIO(site.archive()),
            size=bundle.size,
            sha256=bundle.archive_sha256,
            kind="zip",
        )
        == bundle.archive
    )


@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_only_those_who_release_bring_builds_in(site, who, audited):
    answer = send(sign_in(Client(), getattr(site.cast, who)), site.archive())
    assert answer.status_code == 403 and not Bundle.objects.exists() and not site.kept()
    assert audited(Verb.BUNDLE_UPLOADED)[0][1] == "refused"


def test_what_is_wrong_is_on_the_page_with_its_place(site, browser, audited):
    content = build(api=site.backend.origin)
    content[script_of(content)] += b'login({password:"Sommer2026!x"})'
    answer = send(browser, tarred(content))
    page = answer.content.decode()
    assert answer.status_code == 400 and "line 2" not in page and f"{script_of(content)}:2:" in page
    assert "change the secret" in page and "Sommer2026" not in page
    assert not Bundle.objects.exists() and not site.kept()
    assert audited(Verb.BUNDLE_UPLOADED)[0][1] == "refused" and "Sommer2026" not in str(
        audited(Verb.BUNDLE_UPLOADED)
    )


def test_a_form_that_did_not_arrive_whole_leaves_nothing(site, browser):
    answer = send(browser, site.archive(), whole="")
    assert answer.status_code == 400 and b"was cut off" in answer.content
    assert not Bundle.objects.exists() and not site.kept()


def test_300_mb_are_refused_before_a_byte_is_read(site, browser):
    class Unread(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the body was read")

    large = {
        "CONTENT_LENGTH": str(300 * archive.MIB),
        "wsgi.input": Unread(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = browser.generic("POST", ADDRESS, **large)
    assert answer.status_code == 413 and b"at most 200 MB" in answer.content


def test_the_form_is_protected_against_other_sites(site):
    browser = sign_in(Client(enforce_csrf_checks=True), site.cast.deployer)
    assert send(browser, site.archive()).status_code == 403 and not Bundle.objects.exists()


def test_a_zip_bomb_ends_as_a_refusal(site, browser, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM", 1000)
    answer = send(browser, site.archive(**{"zeros.txt": bytes(3_000_000)}))
    assert answer.status_code == 400 and b"times its size" in answer.content and not site.kept()


def test_what_is_spooled_is_counted_against_what_was_declared():
    with upload.spooled([b"ab", b"c"], 3) as spool:
        spool.seek(0)
        assert spool.read() == b"abc"
    with pytest.raises(Invalid, match="3 of 9 bytes arrived"), upload.spooled([b"ab", b"c"], 9):
        pass
    with pytest.raises(Invalid, match="states no length"):
        upload.check_length(0)


class TestRest:
    """The same by REST, as a stream."""

    @pytest.fixture
    def token(self, site):
        more = {
            "name": "ci",
            "scopes": ["read", "deploy"],
            "by": "command:test",
            "expires_at": now() + timedelta(days=1),
        }
        return ApiToken.create(owner=site.cast.deployer, **more)[1]

    def post(self, token, data, kind="application/zip", **more):
        client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
        address = "/api/v1/bundles/?environment=dev&name=ci.zip"
        return client.generic("POST", address, data, content_type=kind, **more)

    def test_a_body_is_the_archive(self, site, token):
        first, again = self.post(token, site.archive()), self.post(token, site.archive())
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["digest"] == again.json()["digest"] == Bundle.objects.get().digest
        assert {"index.html", "icon.svg"} <= {file["name"] for file in first.json()["files"]}

    def test_half_a_body_is_refused(self, site, token):
        data = site.archive()
        answer = self.post(
            token, b"", **{"CONTENT_LENGTH": str(len(data) + 10), "wsgi.input": io.BytesIO(data)}
        )
        assert answer.status_code == 400 and "cut off" in answer.json()["error"]["message"]
        assert not Bundle.objects.exists() and not site.kept()

    def test_too_much_and_strangers_are_refused(self, site, token):
        assert self.post(token, b"x", CONTENT_LENGTH=str(300 * archive.MIB)).status_code == 413
        assert self.post("portal_wrong", site.archive()).status_code == 401
        assert not Bundle.objects.exists()

    def test_bundles_are_listed_and_shown(self, site, token):
        bundle = site.upload()
        client = Client(headers={"Authorization": f"Bearer {token}"})
        listed = client.get("/api/v1/bundles/", {"environment": "dev"}).json()["results"]
        assert [one["digest"] for one in listed] == [bundle.digest] and "files" not in listed[0]
        assert client.get(f"/api/v1/bundles/{bundle.pk}/").json()["files"] == bundle.files


def test_the_lists_take_the_same_number_of_queries_however_long(
    site, browser, django_assert_max_num_queries
):
    for number in range(5):
        site.upload(f"1.{number}.0")
    with django_assert_max_num_queries(22):
        page = browser.get(ADDRESS)
    assert page.content.count(b"sha256:") >= 5
    assert (
        browser.get(reverse("release-new") + "?environment=dev").content.count(b'name="bundle"')
        == 6
    )

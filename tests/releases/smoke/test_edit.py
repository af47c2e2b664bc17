"""The smoke test is edited as text: nothing typed is lost, each change is a version, a run
says which it ran.
"""

import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.audit.verbs import Verb
from releases.models import SmokeTest, SmokeVersion
from releases.smoke import edit
from releases.smoke.conceptlens import STEPS
from releases.smoke.text import written
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(client, stage, cast):
    """Send the editor's form as somebody, an admin unless told."""

    def post(act, steps, who=cast.admin, base=1, words="shorter"):
        text = steps if isinstance(steps, str) else json.dumps(steps)
        data = {"steps": text, "base": base, "words": words}
        return sign_in(client, who).post(reverse(f"smoke-{act}", args=["stage"]), data, follow=True)

    return post


def test_saving_makes_a_version_and_says_so_in_the_trail(post, cast, audited):
    page = post("save", STEPS[:3]).content.decode()
    assert "Version 2 of the smoke test of stage is stored" in page
    test = SmokeTest.objects.get()
    assert (test.number, len(test.steps), test.changed_by) == (2, 3, cast.admin)
    assert [(one.number, len(one.steps), one.words) for one in test.versions.all()] == [
        (2, 3, "shorter"),
        (1, len(STEPS), "the standard test"),
    ]
    actor, outcome, detail = audited(Verb.SMOKE_TEST_CHANGED)[0]
    assert (actor, outcome, detail["version"]) == ("user:ada", "done", 2) and detail[
        "before"
    ] != detail["after"]


def test_what_cannot_run_is_refused_by_step_and_field_and_stays_in_the_editor(post, audited):
    typed = json.dumps([{"name": "look <here>", "method": "FETCH", "path": "health"}])
    answer = post("save", typed)
    page = answer.content.decode()
    assert (
        answer.status_code == 400
        and "step 1 (look &lt;here&gt;): method must be one of GET" in page
    )
    assert "path must be a path that starts with one /" in page and 'value="shorter"' in page
    assert "&quot;look &lt;here&gt;&quot;" in page and SmokeTest.objects.get().number == 1
    assert [row[1] for row in audited(Verb.SMOKE_TEST_CHANGED)] == ["refused"]


def test_a_broken_text_stays_as_it_was_typed(post):
    answer = post("save", '[{"name": "a", "method": "GET" "path": "/"}]')
    page = answer.content.decode()
    assert (
        answer.status_code == 400
        and "line 1, column 32, in or after the step &#x27;a&#x27;" in page
    )
    assert "&quot;GET&quot; &quot;path&quot;" in page


def test_checking_shows_the_steps_and_stores_nothing(post):
    page = post("check", STEPS[:2]).content.decode()
    assert (
        "2 steps can run" in page
        and "paths &gt; /api/v1/exams/{exam_id}/compute is not empty" in page
    )
    assert not SmokeVersion.objects.filter(number=2).exists()


def test_who_comes_second_keeps_the_text_and_is_told(post, stage, cast):
    post("save", STEPS[:3])
    answer = post("save", STEPS[:4], base=1)
    page = answer.content.decode()
    assert (
        answer.status_code == 409
        and "changed the smoke test of stage meanwhile: it is version 2 now" in page
    )
    assert 'name="base" value="2"' in page and "finds the course" in page
    assert SmokeTest.objects.get().number == 2
    assert "is stored" in post("save", STEPS[:4], base=2).content.decode()


def test_saving_what_is_there_is_no_version(post):
    answer = post("save", STEPS)
    assert answer.status_code == 400 and "Nothing was changed." in answer.content.decode()
    assert SmokeVersion.objects.count() == 1


@pytest.mark.parametrize("act", ["save", "check"])
def test_only_admins_edit(post, cast, act, stage):
    SmokeTest.objects.for_environment(stage)
    for who in (cast.deployer, cast.readonly, cast.auditor):
        assert post(act, STEPS[:3], who=who).status_code == 403
    assert SmokeTest.objects.get().number == 1


def test_the_editor_begins_from_another_environment_the_standard_or_a_version(
    client, stage, dev, cast
):
    other = SmokeTest.objects.for_environment(dev)
    other.change([{**STEPS[0], "name": "only of dev"}], by=cast.admin, base=1, words="")
    test = SmokeTest.objects.for_environment(stage)
    assert edit.initial_text(test, "") == (written(STEPS), "")
    assert "only of dev" in edit.initial_text(test, "dev")[0]
    assert edit.initial_text(other, "standard") == (written(STEPS), "the standard test")
    first = other.versions.get(number=1)
    assert edit.initial_text(other, str(first.pk)) == (written(STEPS), "version 1 of dev")
    assert edit.initial_text(test, "nowhere") == (written(STEPS), "")
    page = (
        sign_in(client, cast.admin)
        .get(reverse("smoke-edit", args=["stage"]) + "?from=dev")
        .content.decode()
    )
    assert "Loaded from the test of dev. 1 steps can run. Nothing is stored" in page
    assert SmokeTest.objects.get(environment=stage).number == 1


def test_a_version_shows_what_it_does_and_cannot_be_changed(client, stage, cast):
    version = SmokeTest.objects.for_environment(stage).versions.get()
    page = sign_in(client, cast.readonly).get(version.get_absolute_url()).content.decode()
    assert "in use" in page and "database is connected" in page and "Edit the steps" not in page
    with pytest.raises(IntegrityError, match="is evidence"), transaction.atomic():
        SmokeVersion.objects.filter(pk=version.pk).update(number=9)
    assert client.get(reverse("smoke-version", args=[99])).status_code == 404

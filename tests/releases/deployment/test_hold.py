"""A hold after a rollback: nothing begins by itself until somebody lifts it, with a reason."""

import pytest
from django.db import IntegrityError, transaction

from portal.audit.verbs import Verb
from portal.dashboard.inbox import items
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases.approvals import blockers
from releases.deployment import dispatch, holds
from releases.models import Hold, Release
from tests.portal.accounts.people import sign_in
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(dev, cast):
    return holds.place(dev, reason="1.5.0 was rolled back to 1.4.0: slow.", actor="job:1")


def approved(dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    return release


def test_no_release_is_deployed_while_it_holds(dev, cast, held):
    release = approved(dev, cast)
    with pytest.raises(Refused, match="dev has been held since a rollback"):
        dispatch.deploy(release, cast.deployer)
    assert Release.objects.get().state == "approved"


def test_breaking_the_glass_passes_it(dev, cast, held):
    assert blockers.HELD in blockers.WAIVED


def test_lifting_it_takes_a_reason_and_is_audited(dev, cast, held, audited):
    with pytest.raises(Invalid, match="say why it can continue"):
        holds.lift(held, cast.deployer, " ")
    holds.lift(held, cast.deployer, "the cause is mended")
    assert holds.of(dev) is None
    assert audited(Verb.HOLD_LIFTED)[-1] == (
        cast.deployer.actor,
        "done",
        {"reason": "the cause is mended"},
    )
    assert audited(Verb.HOLD_PLACED)[-1][0] == "job:1"


def test_it_is_lifted_once(dev, cast, held):
    holds.lift(held, cast.deployer, "mended")
    with pytest.raises(Refused, match="This hold was lifted already"):
        holds.lift(held, cast.other_deployer, "mended too")
    with pytest.raises(IntegrityError, match="is evidence"), transaction.atomic():
        Hold.objects.filter(pk=held.pk).update(reason="nothing happened")


def test_who_only_looks_cannot_lift_it(cast, held):
    with pytest.raises(Forbidden):
        holds.lift(held, cast.readonly, "please")


def test_a_second_rollback_adds_to_the_hold(dev, cast, held):
    again = holds.place(
        dev,
        reason="1.4.0 was rolled back to 1.3.0: slow too.",
        actor="job:2",
        warning="The smoke test failed.",
    )
    assert (
        again.pk == held.pk
        and "1.3.0" in again.reason
        and again.warning == "The smoke test failed."
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(environment=dev, reason="x", placed_by="y")


def test_the_environments_card_shows_it_and_its_page_lifts_it(client, dev, cast, held):
    sign_in(client, cast.deployer)
    assert "1.5.0 was rolled back" in client.get("/releases/environment/dev/").content.decode()
    page = f"/releases/holds/{held.pk}/"
    assert "Lift the hold of dev" in client.get(page).content.decode()
    assert client.post(page, {"reason": "mended"}).status_code == 302 and holds.of(dev) is None
    assert "mended" in client.get(page).content.decode()


def test_the_inbox_of_who_may_lift_it_has_it(dev, cast, held):
    assert [item.title for item in items(cast.deployer)] == [str(held)]
    assert items(cast.readonly) == []

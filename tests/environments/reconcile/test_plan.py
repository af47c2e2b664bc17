"""The plan: a table of situations, and what always holds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.kinds import KINDS
from environments.reconcile.plan import desired_digest, estimate, observed_digest, plan, plan_digest
from portal.lib.canonical import canonical
from tests.environments.build import built, wanted

BLUEPRINT = wanted()
BUILT, REMEMBERED = built(BLUEPRINT)
TAGGED = [want.key for want in BLUEPRINT if KINDS[want.kind].tagged]


def plan_with(key, remembered=REMEMBERED, /, **changed):
    observed = {**BUILT, key: replace(BUILT[key], **changed)}
    return {change.want.key: change for change in plan(BLUEPRINT, observed, remembered)}


def wire(key, **fields):
    return {**BUILT[key].wire, **fields}


def test_an_environment_that_is_as_wanted_has_an_empty_plan():
    assert {change.action for change in plan(BLUEPRINT, BUILT, REMEMBERED)} == {"nothing"}


def test_nothing_there_means_create_everything():
    changes = plan(BLUEPRINT, {}, {})
    assert {change.action for change in changes} == {"create"}
    assert estimate(changes) > KINDS["load_balancer"].usual_seconds


def test_what_was_removed_behind_our_back_is_created_again_and_named():
    observed = {**BUILT, "bucket.uploads": None}
    change = next(
        c for c in plan(BLUEPRINT, observed, REMEMBERED) if c.want.key == "bucket.uploads"
    )
    assert (change.action, change.reason) == (
        "create",
        "It no longer exists in OCI (it was ocid1.bucket.uploads).",
    )


def test_a_value_changed_behind_our_back_is_put_back_with_its_name():
    change = plan_with(
        "bucket.uploads", wire=wire("bucket.uploads", publicAccessType="ObjectRead")
    )["bucket.uploads"]
    assert change.action == "takes away"
    assert [(d.field, d.want, d.have) for d in change.differences] == [
        ("publicAccessType", "NoPublicAccess", "ObjectRead")
    ]


def test_what_oci_cannot_change_in_place_is_refused_where_a_new_one_would_lose_something():
    change = plan_with("vcn", wire=wire("vcn", cidrBlocks=["10.99.0.0/16"]))["vcn"]
    assert change.action == "refuse"
    assert "cannot change cidrBlocks of a VCN in place" in change.reason


def test_what_holds_nothing_is_replaced():
    changes = plan_with("subscription", wire=wire("subscription", seal="another"))
    assert changes["subscription"].action == "replace"


def test_what_carries_our_tags_but_is_unknown_to_us_is_adopted():
    remembered = {key: ocid for key, ocid in REMEMBERED.items() if key != "vault"}
    assert plan_with("vault", remembered)["vault"].action == "adopt"


@pytest.mark.parametrize(
    ("owner", "said"), [("stage", "belongs to stage:vcn"), ("", "does not carry the portal's tags")]
)
def test_what_is_not_ours_is_refused_with_the_way_out(owner, said):
    change = plan_with("vcn", {}, owner=owner)["vcn"]
    assert change.action == "refuse"
    assert said in change.reason
    assert "portal-environment=dev and portal-key=vcn" in change.reason


def test_tags_that_somebody_took_off_ours_are_put_back():
    change = plan_with("vcn", owner="", key="", wire=wire("vcn", freeformTags={}))["vcn"]
    assert (change.action, [d.field for d in change.differences]) == ("update", ["freeformTags"])


def test_twins_are_refused_by_name():
    assert "off all but the right one" in plan_with("vcn", twins=("ocid1.other",))["vcn"].reason


def test_a_deletion_that_is_scheduled_is_cancelled():
    change = plan_with("secret.DATABASE_URL", state="PENDING_DELETION")["secret.DATABASE_URL"]
    assert change.action == "update" and "The portal cancels the deletion" in change.reason


@pytest.mark.parametrize(
    ("key", "state", "said"),
    [("bucket.uploads", "PENDING_DELETION", "name stays taken"), ("vault", "FAILED", "is FAILED")],
)
def test_what_dies_without_return_or_is_broken_is_refused(key, state, said):
    change = plan_with(key, state=state)[key]
    assert change.action == "refuse" and said in change.reason


def test_what_refers_to_something_new_is_updated_with_it():
    changes = {
        change.want.key: change for change in plan(BLUEPRINT, {**BUILT, "topic": None}, REMEMBERED)
    }
    assert changes["topic"].action == "create"
    assert changes["alarm.5xx"].action == "takes away"  # it told a topic that it tells no more
    assert "known after apply" in str(changes["alarm.5xx"].as_json()["differences"])


def test_secret_looking_values_are_masked_in_the_plan():
    change = plan_with(
        "subscription", wire=wire("subscription", endpoint="https://oci:hunter2@elsewhere/")
    )["subscription"]
    assert "hunter2" not in str(change.as_json())


def test_what_moves_by_itself_does_not_make_a_plan_stale():
    moved = {
        **BUILT,
        "bucket.uploads": replace(
            BUILT["bucket.uploads"], etag="e2", wire=wire("bucket.uploads", approximateCount=5)
        ),
    }
    assert observed_digest(BLUEPRINT, moved) == observed_digest(BLUEPRINT, BUILT)
    changed = {
        **BUILT,
        "bucket.uploads": replace(
            BUILT["bucket.uploads"], wire=wire("bucket.uploads", versioning="Suspended")
        ),
    }
    assert observed_digest(BLUEPRINT, changed) != observed_digest(BLUEPRINT, BUILT)


def test_the_desired_digest_follows_the_settings():
    assert desired_digest(wanted()) == desired_digest(wanted())
    assert desired_digest(wanted()) != desired_digest(wanted(settings={"listener_port": 81}))


situations = st.fixed_dictionaries(
    {
        key: st.sampled_from(["as wanted", "absent", "unknown to us", "foreign", "changed"])
        for key in [
            "compartment",
            "vcn",
            "bucket.uploads",
            "secret.DATABASE_URL",
            "alarm.5xx",
            "subscription",
            "load_balancer",
        ]
    }
)


@settings(max_examples=150, deadline=None)
@given(situations)
def test_always_one_change_for_each_resource_in_an_order_that_can_be_walked(situation):
    observed, remembered = dict(BUILT), dict(REMEMBERED)
    for key, how in situation.items():
        if how == "absent":
            observed[key] = None
        if how in ("absent", "unknown to us", "foreign"):
            remembered.pop(key, None)
        if how == "foreign":
            observed[key] = replace(BUILT[key], owner="stage")
        if how == "changed":
            tags = {"freeformTags": {"portal-environment": "dev", "portal-key": "else"}}
            observed[key] = replace(BUILT[key], wire=wire(key, **tags))
    changes = plan(BLUEPRINT, observed, remembered)
    by_key = {change.want.key: change for change in changes}
    assert list(by_key) == [want.key for want in BLUEPRINT]
    expected = {
        "absent": "create",
        "unknown to us": "adopt",
        "foreign": "refuse",
        "changed": "update",
    }
    for key, how in situation.items():
        if by_key[key].action == "blocked":
            assert "which is refused" in by_key[key].reason
        elif how in expected and not _dragged(key, situation):
            assert by_key[key].action == expected[how], (key, how)
    assert plan_digest("dev", changes) == plan_digest("dev", plan(BLUEPRINT, observed, remembered))
    assert canonical([change.as_json() for change in changes])
    quiet = {change.want.key for change in changes if change.action == "nothing"}
    assert not quiet & {key for key, how in situation.items() if how != "as wanted"}


def _dragged(key, situation):
    """Say whether something that the resource refers to is made anew, which changes the
    resource as well.
    """
    return any(
        situation.get(need) == "absent"
        for need in next(w for w in BLUEPRINT if w.key == key).all_needs()
    )

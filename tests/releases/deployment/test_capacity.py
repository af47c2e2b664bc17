"""Instances are spread over domains, and a domain without free hardware is followed by the next."""

from types import SimpleNamespace

import pytest

from portal.cloud.errors import OutOfCapacity
from releases.deployment.steps import start_instance

DOMAINS = ["AD-1", "AD-2", "AD-3"]


@pytest.fixture
def context(monkeypatch):
    """Return a context in whose cloud some domains are full; it keeps the bodies sent."""

    def context(full=(), domains=DOMAINS, memo=None):
        cloud = SimpleNamespace(pages=lambda *_: [{"name": name} for name in domains])
        monkeypatch.setattr(start_instance, "home", lambda ctx: cloud)
        sent, labels = [], []

        def change(service, operation, body, *, label, **_):
            sent.append((body["domain"], body.get("faultDomain", "")))
            labels.append(label)
            if "all" in full or body["domain"] in full:
                raise OutOfCapacity("Out of host capacity.")
            return SimpleNamespace(data={"id": "i1"})

        ctx = SimpleNamespace(
            spec={"plan": {"place": {"compartment": "c"}}},
            memo={} if memo is None else memo,
            said=[],
            sent=sent,
            labels=labels,
            change=change,
        )
        ctx.say = ctx.said.append
        ctx.remember = lambda **values: ctx.memo.update(values)
        return ctx

    return context


def create(ctx, number=1):
    body = {"domain": ""}
    return start_instance.create_where_free(
        ctx, number, lambda domain: body | {"domain": domain}, lambda: None
    )


def test_two_instances_do_not_share_a_domain(context):
    two = [context(), context()]
    for number, ctx in enumerate(two, start=1):
        create(ctx, number)
    assert [ctx.sent[0][0] for ctx in two] == ["AD-1", "AD-2"]


def test_where_there_is_one_domain_they_are_in_two_fault_domains(context):
    two = [context(domains=["AD-1"]), context(domains=["AD-1"])]
    for number, ctx in enumerate(two, start=1):
        create(ctx, number)
    assert [ctx.sent for ctx in two] == [
        [("AD-1", "FAULT-DOMAIN-1")],
        [("AD-1", "FAULT-DOMAIN-2")],
    ]


def test_a_full_domain_is_followed_by_the_next(context):
    ctx = context(full=["AD-2"])
    assert create(ctx, 2) == {"id": "i1"}
    assert [domain for domain, _ in ctx.sent] == ["AD-2", "AD-3"]
    assert len(set(ctx.labels)) == 2  # each is a call of its own: its body differs
    assert ctx.said == ["no capacity in AD-2, FAULT-DOMAIN-1"]


def test_when_all_are_full_an_operator_is_asked_and_a_resumed_job_begins_again(context):
    ctx = context(full=["all"])
    with pytest.raises(OutOfCapacity):
        create(ctx)
    assert len(ctx.sent) == 6 and ctx.sent[3:] == [(domain, "") for domain in DOMAINS]
    again = context(memo=ctx.memo)
    create(again)
    assert again.sent == [("AD-1", "FAULT-DOMAIN-1")]


def test_a_job_from_before_goes_on_with_what_it_sent(context):
    ctx = context(memo={"domain": "AD-1"})
    create(ctx, 2)
    assert ctx.sent == [("AD-1", "")] and ctx.labels == ["create_container_instance"]

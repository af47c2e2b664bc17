"""A tag that names another digest than people approved stops a deployment, whenever it moved."""

from types import SimpleNamespace

import pytest

from portal.jobs.definition import Stop
from releases.deployment.images import Image
from releases.deployment.steps import check_images, start_instance

APPROVED, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PLANNED = {"tag": "1.4.0", "digest": APPROVED, "repository": "conceptlens-dev/api"}
PLAN = {"place": {"region": "r", "compartment": "c"}, "images": {"api": PLANNED}}


@pytest.fixture
def context(monkeypatch):
    """Return a context whose registry has the tag at one of two digests."""

    def context(now):
        there = [Image("conceptlens-dev/api", "1.4.0", now, "2026-01-01T00:00:00Z")]
        there.append(Image("conceptlens-dev/api", "old", APPROVED, "2025-01-01T00:00:00Z"))
        monkeypatch.setattr("releases.deployment.images.read", lambda *_: there)
        for step in (check_images, start_instance):
            monkeypatch.setattr(step, "home", lambda ctx: SimpleNamespace(namespace="ns"))
        monkeypatch.setattr(start_instance.instance, "details", lambda *_, **__: {})
        created = []
        made = SimpleNamespace(data={"id": "i1", "displayName": "api-1"})
        return SimpleNamespace(
            spec={"plan": PLAN},
            job=SimpleNamespace(pk=1),
            memo={"domain": "AD-1"},
            remember=lambda **_: None,
            say=lambda _: None,
            created=created,
            change=lambda *_, **__: created.append(1) or made,
        )

    return context


def test_no_container_is_created_of_a_tag_that_moved(context):
    ctx = context(OTHER)
    with pytest.raises(Stop, match=r"now names sha256:b+….*No container was created of it"):
        start_instance.create_instance("api", 1, ctx)
    assert ctx.created == []


def test_a_tag_that_stays_lets_it_be_created(context):
    ctx = context(APPROVED)
    start_instance.create_instance("api", 1, ctx)
    assert ctx.created == [1]


def test_it_is_asked_once_more_after_the_pull(context):
    with pytest.raises(Stop, match="api-1 may run another image"):
        check_images.require_approved(context(OTHER), "api", "api-1 may run another image.")

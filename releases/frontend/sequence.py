"""The place of the frontend's steps among those of a deployment and of a rollback; none of
them where there is no bundle.
"""

from collections.abc import Mapping
from typing import Any

from portal.jobs.definition import Step
from releases.deployment.steps import check_frontend, publish_frontend, tidy_frontend
from releases.requests.plan import ReleasePlan

Results = Mapping[str, Mapping[str, Any]]


def deploy(plan: ReleasePlan, *, needs: tuple[str, ...]) -> list[Step]:
    """Return the steps that give users the pages of a release, when its API takes the traffic."""
    bundle = plan.bundle
    if not bundle:
        return []
    return [
        publish_frontend.step(bundle, needs=needs),
        check_frontend.step(bundle, needs=(publish_frontend.NAME,)),
    ]


def tidy(plan: ReleasePlan, *, needs: tuple[str, ...]) -> list[Step]:
    """Return the step that removes files that are no longer served."""
    return [tidy_frontend.step(needs=needs)] if plan.bundle else []


def undo(plan: ReleasePlan, results: Results) -> list[Step]:
    """Return the step that gives users the former pages, when new ones were, or may have
    been, published.
    """
    begun = {"begun", "bundle"} & results.get(publish_frontend.NAME, {}).keys()
    return [publish_frontend.undo(plan.frontend)] if begun and plan.frontend else []


def rollback(plan: ReleasePlan, *, needs: tuple[str, ...]) -> list[Step]:
    """Return the step that puts the pages of the earlier release back; the traffic moves
    whatever becomes of it.
    """
    bundle = plan.bundle
    return [publish_frontend.step(bundle, needs=needs, fatal=False)] if bundle else []


def last(steps: list[Step], needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the step after these has to wait for."""
    return (steps[-1].name,) if steps else needs

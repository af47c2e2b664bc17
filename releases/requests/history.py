"""The story of one release, from its request to its end."""

from dataclasses import dataclass
from datetime import datetime

from releases.models import Release, SmokeRun


@dataclass(frozen=True)
class Moment:
    """Something that happened: when, what, by whom, and the page that tells more."""

    at: datetime
    what: str
    who: str = ""
    more: str = ""
    url: str = ""


def of_release(release: Release) -> list[Moment]:
    """Return everything that happened to the release, the oldest first."""
    found = [Moment(release.requested_at, "requested", str(release.requested_by), release.notes)]
    found += [
        Moment(approval.approved_at, "approved", str(approval.approver), approval.comment)
        for approval in release.approvals.select_related("approver")
    ]
    if release.decided_at:
        found.append(Moment(release.decided_at, release.state, str(release.decided_by), release.reason))
    for deployment in release.deployments.select_related("job").order_by("id"):
        job = deployment.job
        who, url = (job.actor.partition(":")[2], job.get_absolute_url()) if job else ("", "")
        found.append(Moment(deployment.started_at, "deployment began", who, url=url))
        if deployment.live_at:
            found.append(Moment(deployment.live_at, "live", url=url))
        if deployment.ended_at:
            found.append(Moment(deployment.ended_at, deployment.get_state_display(), more=deployment.note, url=url))
    found += [
        Moment(run.ended_at, f"smoke test {'passed' if run.passed else 'failed'}", more=run.words, url=run.get_absolute_url())
        for run in SmokeRun.objects.filter(deployment__release=release)
    ]
    return sorted(found, key=lambda moment: moment.at)

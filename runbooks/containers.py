"""Whether the containers of the live release run: asked of OCI between deployments, when no
deployment watches them.
"""

from collections.abc import Mapping

from environments.models import Environment
from portal.cloud.client import CloudClient
from portal.jobs.models import Job
from releases.deployment.instances import GONE
from releases.models import Deployment
from releases.requests.plan import InstanceSet
from runbooks.models import Incident
from runbooks.triage import CONTAINER_DOWN

RUNNING = ("ACTIVE", "UPDATING")
CAUSE = "containers"


def problems(live: InstanceSet, states: Mapping[str, str]) -> list[str]:
    """Return a sentence for each instance of the live release that does not run. Pure.

    `states` are the lifecycle states of the compartment's instances by OCID.
    """
    wanted = [("API", one.instance) for one in live.api] + [("worker", one) for one in live.workers]
    return [
        f"The {role} container instance {ocid} of {live.version} "
        + (f"is {states[ocid]}." if ocid in states else "does not exist any more.")
        for role, ocid in wanted
        if states.get(ocid) not in RUNNING
    ]


def check(environment: Environment, cloud: CloudClient, *, actor: str) -> str:
    """Open an incident when a container of the live release is down, resolve it when all run.

    Returns what was found, in words. While a job changes the environment nothing is judged: it
    starts and stops instances itself.
    """
    deployment = Deployment.objects.of(environment).live().select_related("release").first()
    if deployment is None:
        return "nothing is live"
    listed = cloud.pages(
        "container_instances", "list_container_instances", environment.compartment_ocid
    )
    live = Deployment.objects.of(environment).live().values_list("pk", flat=True).first()
    if live != deployment.pk or Job.objects.holding(environment.slug).exists():
        return "not judged: a job changes it, or just has"  # the list may be of before or after
    states = {
        str(one["id"]): str(one["lifecycleState"])
        for one in listed
        if one["lifecycleState"] not in GONE
    }
    found = problems(deployment.instances(), states)
    known = Incident.objects.of_cause(environment, CAUSE)
    if found:
        words = " ".join(found)
        title = f"{len(found)} of the containers of {environment.slug} are down"
        incident = Incident.objects.open_for_cause(
            environment, CAUSE, kind=CONTAINER_DOWN, title=title, actor=actor, words=words
        )
        incident.note(words, actor=actor)
        return words
    if known:
        known.resolve(f"All containers of {deployment.release.version} run.", actor=actor)
    return "all run"

"""A deployment: one release's instances in one environment, from their start to their removal."""

from typing import Any

from django.db import models, transaction
from django.urls import reverse

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused
from portal.notifications.kinds import DEPLOYMENT_FAILED, DEPLOYMENT_ROLLED_BACK, EventKind
from portal.notifications.outbox import notify
from releases.requests.plan import ApiInstance, InstanceSet


class DeploymentState(models.TextChoices):
    """How far a deployment is: at most one of an environment is live."""

    STARTING = "starting", "starting"
    LIVE = "live", "live"
    STANDBY = "standby", "kept for rollback"
    ROLLED_BACK = "rolled_back", "rolled back"
    FAILED = "failed", "failed"
    RETIRED = "retired", "retired"


MOVES: dict[str, tuple[str, ...]] = {
    DeploymentState.STARTING: (DeploymentState.LIVE, DeploymentState.FAILED),
    DeploymentState.LIVE: (DeploymentState.STANDBY, DeploymentState.ROLLED_BACK),
    DeploymentState.STANDBY: (DeploymentState.LIVE, DeploymentState.RETIRED),
    DeploymentState.ROLLED_BACK: (DeploymentState.RETIRED,),
}


class DeploymentSet(models.QuerySet["Deployment"]):
    """Deployments by what they are to their environment."""

    def of(self, environment: Environment | int) -> "DeploymentSet":
        """Return the environment's own, with what a page shows of them."""
        return self.filter(environment=environment).select_related(
            "release", "release__requested_by", "environment", "job"
        )

    def live(self) -> "DeploymentSet":
        """Return those that take the traffic."""
        return self.filter(state=DeploymentState.LIVE)

    def standby(self) -> "DeploymentSet":
        """Return those kept for an instant rollback, newest first."""
        return self.filter(state=DeploymentState.STANDBY).order_by("-id")

    def idle(self) -> "DeploymentSet":
        """Return those whose instances still exist although they take no traffic."""
        return self.filter(
            state__in=(DeploymentState.STANDBY, DeploymentState.ROLLED_BACK)
        ).order_by("id")


class Deployment(models.Model):
    """A release's instances; a `backend` is its name in the load balancer (`address:port`)."""

    State = DeploymentState

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="deployments"
    )
    release = models.ForeignKey("releases.Release", models.PROTECT, related_name="deployments")
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        max_length=16, choices=DeploymentState.choices, default=DeploymentState.STARTING
    )
    api = models.JSONField(
        "API instances",
        default=list,
        help_text="Each with its OCID and its name in the load balancer.",
    )
    workers = models.JSONField("worker instances", default=list, help_text="Their OCIDs.")
    note = models.TextField(blank=True, help_text="How it ended, and where the traffic is.")
    migration = models.JSONField(
        default=dict,
        blank=True,
        help_text="What its migration did: before, after, ran (revision, one_way), tables.",
    )
    one_way = models.CharField(
        max_length=400,
        blank=True,
        help_text="Revisions that ran with it and cannot be undone; no rollback goes past them.",
    )
    verdict = models.JSONField(
        default=dict,
        blank=True,
        help_text="Whether it could be rolled back when it went live: kind, words.",
    )
    images_gone = models.CharField(
        max_length=400, blank=True, help_text="Which of its images is no longer in the registry."
    )
    images_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When the registry was last checked for its images."
    )
    started_at = models.DateTimeField(default=now)
    live_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rolled_back_at = models.DateTimeField(
        null=True, blank=True, help_text="It is not a target of a rollback any more."
    )

    objects = DeploymentSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"], condition=models.Q(state="live"), name="one_live_deployment"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=DeploymentState.values), name="deployment_state_known"
            ),
        ]
        indexes = [models.Index(fields=["environment", "state"])]

    def __str__(self) -> str:
        return f"{self.release.version} in {self.environment.slug}"

    def get_absolute_url(self) -> str:
        """Return the page of the release it carries."""
        return reverse("release", args=[self.release_id])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the deployment."""
        return Act(verb, f"deployment:{self.pk}", self.environment.slug)

    def instances(self) -> InstanceSet:
        """Return what a job needs to know of these instances."""
        api = [ApiInstance.from_json(one) for one in self.api]
        return InstanceSet(self.pk, self.release_id, self.release.version, api, self.workers)

    def mark_live(self, **instances: Any) -> None:
        """It takes the traffic now."""
        self._move(DeploymentState.LIVE, live_at=now(), ended_at=None, **instances)

    def note_moved(self, moved: dict[str, str]) -> None:
        """Its instances have other backends: the new names by the former ones."""
        self.api = [
            {**one, "backend": moved.get(one["backend"], one["backend"])} for one in self.api
        ]
        self.save(update_fields=["api"])

    def mark_standby(self) -> None:
        """It gave the traffic to its successor, and waits for a rollback."""
        self._move(DeploymentState.STANDBY, ended_at=now())

    def mark_rolled_back(self, note: str) -> None:
        """It gave the traffic back to its predecessor."""
        with transaction.atomic():
            self._move(DeploymentState.ROLLED_BACK, ended_at=now(), rolled_back_at=now(), note=note)
            self._tell(DEPLOYMENT_ROLLED_BACK, "was rolled back", note)

    def mark_failed(self, note: str) -> None:
        """It never took the traffic for good."""
        with transaction.atomic():
            self._move(DeploymentState.FAILED, ended_at=now(), note=note)
            self._tell(DEPLOYMENT_FAILED, "did not go live", note)

    def mark_retired(self) -> None:
        """Its instances are gone."""
        self._move(DeploymentState.RETIRED)

    def note_migration(self, done: dict[str, Any]) -> None:
        """Keep what its migration did, however the deployment ends.

        `unknown` in it stands among the one-way revisions, so that it blocks a rollback.
        """
        self.migration = done
        ran = [one["revision"] for one in done.get("ran", []) if one.get("one_way")]
        self.one_way = ", ".join(["unknown"] * bool(done.get("unknown")) + ran)[:400]
        self.save(update_fields=["migration", "one_way"])

    def note_verdict(self, kind: str, words: str) -> None:
        """Keep what the way back looked like when it went live."""
        self.verdict = {"kind": kind, "words": words}
        self.save(update_fields=["verdict"])

    def note_images(self, gone: str) -> None:
        """Keep which image is no longer in the registry; empty when all are there."""
        self.images_gone, self.images_seen_at = gone[:400], now()
        self.save(update_fields=["images_gone", "images_seen_at"])

    def set_instances(self, *, api: list[dict[str, Any]], workers: list[str]) -> None:
        """Keep the instances after a change of scale; only a live deployment changes."""
        if (
            Deployment.objects.filter(pk=self.pk, state=DeploymentState.LIVE).update(
                api=api, workers=workers
            )
            != 1
        ):
            raise Refused(
                f"Deployment {self.pk} ({self}) is no longer live.",
                next_step="Scale what is live now.",
            )
        self.api, self.workers = api, workers

    def _tell(self, kind: EventKind, verb: str, words: str) -> None:
        slug, subject = self.environment.slug, f"deployment:{self.pk}"
        title = f"{self.release.version} {verb} in {slug}"
        url, key = self.get_absolute_url(), f"{subject}:{kind.name}:{self.ended_at}"
        notify(kind, slug, subject, title, words, url, key)

    def _move(self, to: str, **changes: Any) -> None:
        origins = [origin for origin, targets in MOVES.items() if to in targets]
        if (
            Deployment.objects.filter(pk=self.pk, state__in=origins).update(state=to, **changes)
            != 1
        ):
            raise Refused(
                f"Deployment {self.pk} ({self}) cannot become {DeploymentState(to).label}: it is no"
                f" longer {' or '.join(origins)}.",
                next_step="Look at the environment's page for what is live now.",
            )
        self.state = to
        for name, value in changes.items():
            setattr(self, name, value)

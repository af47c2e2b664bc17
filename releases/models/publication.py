"""A publication: which bundle an environment's users got, from when until when."""

from django.db import models, transaction
from django.db.models import Q

from environments.models import Environment
from portal.accounts.roles import Role, has_role
from portal.jobs.models import Job
from portal.lib.clock import now
from releases.models.bundle import Bundle


class PublicationSet(models.QuerySet["Publication"]):
    """Publications by what they are to their environment."""

    def of(self, environment: Environment) -> "PublicationSet":
        """Return the environment's own, the newest first, without the lists of files."""
        found = self.filter(environment=environment).select_related(
            "bundle", "bundle__uploaded_by", "job", "environment"
        )
        return found.defer("bundle__files").order_by("-id")

    def current(self) -> "PublicationSet":
        """Return those that are served now."""
        return self.filter(ended_at=None)

    def publish(self, bundle_id: int, *, job: Job | None) -> "Publication":
        """Record that index.html leads to this bundle now; doing so again changes nothing."""
        with transaction.atomic():
            bundle = Bundle.objects.defer("files").get(pk=bundle_id)
            current = (
                self.select_for_update()
                .filter(environment=bundle.environment_id, ended_at=None)
                .first()
            )
            if current is not None and current.bundle_id == bundle_id:
                return current
            if current is not None:
                current.end()
            return self.create(environment_id=bundle.environment_id, bundle=bundle, job=job)


class Publication(models.Model):
    """One stretch of time in which one bundle was served; at most one of an environment is open."""

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="publications"
    )
    bundle = models.ForeignKey("releases.Bundle", models.PROTECT, related_name="publications")
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PublicationSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"], condition=Q(ended_at=None), name="one_open_publication"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bundle} in {self.environment.slug}"

    @staticmethod
    def can_publish(user: object) -> bool:
        """Say whether the person may publish a former bundle again; like a rollback, it was
        approved before.
        """
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def end(self) -> None:
        """Another bundle took its place."""
        self.ended_at = now()
        self.save(update_fields=["ended_at"])

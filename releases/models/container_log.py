"""What a container wrote last, kept because OCI forgets it with the container."""

from django.db import models

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now

MOST_BYTES = 256 * 1024  # what retrieve_logs returns at most


class ContainerLog(models.Model):
    """The last 256 KB of one container, secrets masked; written once."""

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="container_logs"
    )
    deployment = models.ForeignKey(
        "releases.Deployment", models.PROTECT, null=True, blank=True, related_name="logs"
    )
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    instance = models.CharField("container instance", max_length=255)
    container = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    exit_code = models.IntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["container", "job"], name="one_log_per_container_and_job"
            )
        ]
        indexes = [models.Index(fields=["environment", "-id"])]

    def __str__(self) -> str:
        return f"log of {self.name}"

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the log."""
        return Act(verb, f"container_log:{self.pk}", self.environment.slug)

    @staticmethod
    def can_read(user: User | None) -> bool:
        """Say whether the person may read logs: they may hold data of students."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN, Role.AUDITOR)

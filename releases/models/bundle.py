"""A frontend bundle: one build of the web pages for one environment, checked and kept, never
changed.
"""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from releases.requests.plan import PlannedBundle

SHA256 = RegexValidator(r"^sha256:[0-9a-f]{64}\Z", "sha256: with 64 hexadecimal digits.")


class Bundle(models.Model):
    """What was uploaded. The digest is that of the list of its files, so the same files packed
    twice are one bundle.

    `files` has for each file: name, size (bytes), sha256 (hex), md5 (base64, as Object Storage
    tells it), type, cache.
    """

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="bundles"
    )
    digest = models.CharField(max_length=71, validators=[SHA256])
    label = models.CharField(
        max_length=120, blank=True, help_text="The name of the file that was uploaded."
    )
    archive = models.CharField(
        max_length=120, help_text="Name of the object that holds the bytes as they were uploaded."
    )
    archive_sha256 = models.CharField(max_length=71, validators=[SHA256])
    archive_format = models.CharField(max_length=8)
    bucket = models.CharField(
        max_length=256, help_text="The environment's private bucket that keeps the archive."
    )
    size = models.PositiveBigIntegerField(help_text="Bytes uploaded.")
    unpacked = models.PositiveBigIntegerField(help_text="Bytes of all files together.")
    files = models.JSONField(default=list)
    api_origin = models.CharField("API origin", max_length=300)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "digest"], name="one_bundle_per_content")
        ]

    def __str__(self) -> str:
        return f"{self.label or 'bundle'} ({self.digest[7:19]})"

    def get_absolute_url(self) -> str:
        """Return the address of the bundle's page."""
        return reverse("bundle", args=[self.pk])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the bundle."""
        return Act(verb, f"bundle:{self.pk}", self.environment.slug)

    @staticmethod
    def can_upload(user: object) -> bool:
        """Say whether the person may bring a build in: those who may ask for releases."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def planned(self) -> PlannedBundle:
        """Return the bundle for a plan: what it is and where its bytes are."""
        return PlannedBundle(
            id=self.pk,
            count=len(self.files),
            digest=self.digest,
            label=self.label,
            archive=self.archive,
            archive_sha256=self.archive_sha256,
            archive_format=self.archive_format,
            bucket=self.bucket,
            size=self.size,
            api_origin=self.api_origin,
        )

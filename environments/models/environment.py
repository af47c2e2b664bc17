"""One copy of the product: where it lives, how large it is, who answers for it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from environments import naming
from environments.settings.rules import apart, complete, problems
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Missing, Refused

if TYPE_CHECKING:
    from environments.models.resource import ManagedResource

COLOURS = {1: "#15803d", 2: "#b45309", 3: "#b91c1c"}


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    """The environments, in the order of promotion."""

    def named(self, slug: str) -> "Environment":
        """Return the environment, or refuse by naming those that exist."""
        found = self.filter(slug=slug).first()
        if found is None:
            known = ", ".join(self.values_list("slug", flat=True)) or "none yet"
            raise Missing(
                f"There is no environment {slug!r}.", next_step=f"The environments are: {known}.", subject=f"environment:{slug}"
            )
        return found


class Environment(models.Model):
    """dev, stage or prod: its settings are the desired state; the plan compares them with OCI."""

    slug = models.CharField(max_length=12, unique=True, validators=[RegexValidator(f"^{naming.SLUG.pattern}$")])
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(help_text="Order of promotion: 1 dev, 2 stage, 3 prod.")
    prefix = models.CharField(max_length=30, default="conceptlens", help_text="First part of every name in OCI.")
    settings = models.JSONField(
        default=dict, blank=True, help_text="Sizes, networks, thresholds; what is not given has a default."
    )
    home_region = models.CharField(max_length=30, default="us-ashburn-1")
    dr_region = models.CharField(max_length=30, default="us-phoenix-1", verbose_name="disaster recovery region")
    owner = models.CharField(max_length=100, help_text="Value of the tag `owner`.")
    cost_center = models.CharField(max_length=60, help_text="Value of the tag `costCenter`.")
    protected = models.BooleanField(default=False, help_text="Changes take an admin and the typed name.")
    compartment_ocid = models.CharField(max_length=255, blank=True, editable=False)

    objects: ClassVar[Any] = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the environment's page."""
        return reverse("environment", args=[self.slug])

    def clean(self) -> None:
        """Refuse settings that cannot be built, field by field, in words."""
        found = problems(self.settings, position=self.position or 1) or self._in_the_way()
        if found:
            raise ValidationError({"settings": found})

    def _in_the_way(self) -> list[str]:
        """Return what these settings cannot share with another environment."""
        others = Environment.objects.exclude(pk=self.pk)
        taken = {other.slug: complete(other.settings, position=other.position) for other in others}
        return apart(self.settings, taken, position=self.position or 1)

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the environment."""
        return Act(verb, f"environment:{self.slug}", self.slug)

    def setting(self, name: str) -> Any:
        """Return a setting, or its default."""
        return complete(self.settings, position=self.position)[name]

    @property
    def colour(self) -> str:
        """Return the colour of the band that every page of this environment wears."""
        return COLOURS.get(self.position, "#475569")

    @property
    def api_url(self) -> str:
        """Return where the product answers: by name once it speaks HTTPS; nothing while there is no load balancer."""
        if self.speaks_https:
            port = self.setting("https_listener_port")
            return f"https://{naming.host(self.setting('domain'))}{'' if port == 443 else f':{port}'}"
        balancer = self.resource("load_balancer")
        address = balancer.facts.get("ipAddress", "") if balancer else ""
        return f"http://{address}:{self.setting('listener_port')}" if address else ""

    @property
    def speaks_https(self) -> bool:
        """Say whether an HTTPS listener was built for the domain of this environment."""
        return bool(self.setting("domain")) and self.resources.filter(key="listener.https").exclude(state="GONE").exists()

    @property
    def certificate(self) -> str:
        """Return the OCID of the certificate that was imported for the API's name, if there is one."""
        found = self.resource("certificate.api") if self.setting("domain") else None
        return found.ocid if found else ""

    def resource(self, key: str) -> "ManagedResource | None":
        """Return the managed resource with that key, if it was provisioned."""
        return self.resources.filter(key=key).first()

    def ocid(self, key: str) -> str:
        """Return the OCID behind a resource key, or refuse: nothing can run before it is provisioned."""
        found = self.resource(key)
        if found is None or not found.ocid:
            raise Refused(
                f"{self.slug} has no {key} yet.",
                next_step=f"Plan and apply {self.slug} first ({self.get_absolute_url()}).",
                subject=f"environment:{self.slug}",
                environment=self.slug,
            )
        return found.ocid

    def stands_in(self, compartment: str) -> None:
        """Remember the compartment that was made for it."""
        self.compartment_ocid = compartment
        self.save(update_fields=["compartment_ocid"])

    def take_settings(self, settings: dict[str, Any], *, owner: str = "", cost_center: str = "") -> None:
        """Want what was found: other settings, and another owner or cost centre where one is given."""
        self.settings, self.owner, self.cost_center = settings, owner or self.owner, cost_center or self.cost_center
        self.save(update_fields=["settings", "owner", "cost_center"])

    def stands_nowhere(self) -> None:
        """Remember that nothing of it is built any more."""
        self.stands_in("")

    def can_plan(self, user: Any) -> bool:
        """Say whether the person may compare this environment with OCI."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def can_apply(self, user: Any) -> bool:
        """Say whether the person may change this environment's resources."""
        return has_role(user, Role.ADMIN) if self.protected else has_role(user, Role.DEPLOYER, Role.ADMIN)

    def can_destroy(self, user: Any) -> bool:
        """Say whether the person may have this environment taken down."""
        return has_role(user, Role.ADMIN)

    def can_change_settings(self, user: Any) -> bool:
        """Say whether the person may edit the desired state."""
        return has_role(user, Role.ADMIN)

    def can_export(self, user: Any) -> bool:
        """Say whether the person may take the configuration away; there is no secret in it."""
        return has_role(user, Role.ADMIN, Role.DEPLOYER, Role.AUDITOR)

    def can_rotate_key(self, user: Any) -> bool:
        """Say whether the person may give the key that encrypts the secrets a new version."""
        return has_role(user, Role.ADMIN)

    def can_adopt(self, user: Any) -> bool:
        """Say whether the person may let plans adopt what was built by hand, and take settings over from it."""
        return self.can_change_settings(user)

    def can_import_certificate(self, user: Any) -> bool:
        """Say whether the person may give the API its certificate."""
        return has_role(user, Role.ADMIN)

    def can_subscribe_region(self, user: Any) -> bool:
        """Say whether the person may subscribe the tenancy to another region, for good."""
        return has_role(user, Role.ADMIN)

    def can_set_secret(self, user: Any) -> bool:
        """Say whether the person may give a secret a new value."""
        return has_role(user, Role.ADMIN)

"""One copy of the product: where it runs, its settings, its owner."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from environments import naming
from environments.settings.rules import EnvironmentSettings, SettingProblem
from environments.settings.second_admin import PendingChange, removed_checks
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Invalid, Missing, Refused

if TYPE_CHECKING:
    from environments.models.resource import ManagedResource

Person = User | AnonymousUser | None
COLOURS = {1: "#15803d", 2: "#b45309", 3: "#b91c1c"}


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    """The environments, in the order of promotion."""

    def named(self, slug: str) -> "Environment":
        """Return the environment, or refuse by naming those that exist."""
        found = self.filter(slug=slug).first()
        if found is None:
            known = ", ".join(self.values_list("slug", flat=True)) or "none yet"
            raise Missing(
                f"There is no environment {slug!r}.",
                next_step=f"The environments are: {known}.",
                act=Act("", f"environment:{slug}"),
            )
        return found

    def add(self, **fields: Any) -> "Environment":
        """Create an environment; raises Invalid when its settings do not fit."""
        made = Environment(**fields)
        made._require_fitting(made.settings_to_check(), made.act(Verb.ENVIRONMENT_CHANGED))
        made.save()
        return made


_NO_VARIABLE = RegexValidator(
    re.escape(naming.TAG_VARIABLE),
    "Write the value itself: OCI replaces ${…}, so the tag would differ for ever.",
    inverse_match=True,
)


class Environment(models.Model):
    """dev, stage or prod: its settings are the desired state; the plan compares them with OCI."""

    slug = models.CharField(
        max_length=12, unique=True, validators=[RegexValidator(f"^{naming.SLUG.pattern}$")]
    )
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(
        help_text="Order of promotion: 1 dev, 2 stage, 3 prod."
    )
    prefix = models.CharField(
        max_length=30,
        default="conceptlens",
        help_text="First part of every name in OCI.",
        validators=[
            RegexValidator(
                rf"^{naming.PREFIX.pattern}\Z",
                "Use small letters, digits and single hyphens, a letter first: no image can be "
                "pushed to a repository with another path.",
            )
        ],
    )
    settings = models.JSONField(
        default=dict,
        blank=True,
        help_text="Sizes, networks, thresholds; what is not given has a default.",
    )
    home_region = models.CharField(max_length=30, default="us-ashburn-1")
    dr_region = models.CharField(
        max_length=30, default="us-phoenix-1", verbose_name="disaster recovery region"
    )
    owner = models.CharField(
        max_length=100, help_text="Value of the tag `owner`.", validators=[_NO_VARIABLE]
    )
    cost_center = models.CharField(
        max_length=60, help_text="Value of the tag `costCenter`.", validators=[_NO_VARIABLE]
    )
    protected = models.BooleanField(
        default=False, help_text="Changes take an admin and the typed name."
    )
    pending_change = models.JSONField(
        null=True,
        editable=False,
        help_text="Checks that one admin asks to remove, until another admin confirms.",
    )
    compartment_ocid = models.CharField(max_length=255, blank=True, editable=False)

    objects: ClassVar[Any] = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the environment's page."""
        return reverse("environment", args=[self.slug])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the environment."""
        return Act(verb, f"environment:{self.slug}", self.slug)

    def setting(self, name: str) -> Any:
        """Return a setting, or its default."""
        return self.chosen_settings[name]

    @property
    def chosen_settings(self) -> EnvironmentSettings:
        """Return the settings as one value; asks the database nothing."""
        return EnvironmentSettings(self.settings, self.position)

    def settings_to_check(self, **changes: Any) -> EnvironmentSettings:
        """Return the settings with changes, beside those of the other environments; one query."""
        others = Environment.objects.exclude(pk=self.pk)
        taken = {other.slug: other.chosen_settings for other in others}
        return replace(self.chosen_settings.changed(**changes), others=taken)

    @property
    def colour(self) -> str:
        """Return the colour of the band that every page of this environment wears."""
        return COLOURS.get(self.position, "#475569")

    @property
    def api_url(self) -> str:
        """Return where the product answers; empty without a load balancer."""
        if self.speaks_https:
            port = self.setting("https_listener_port")
            host = naming.host(self.setting("domain"))
            return f"https://{host}{'' if port == 443 else f':{port}'}"
        balancer = self.resource("load_balancer")
        address = balancer.facts.get("ipAddress", "") if balancer else ""
        return f"http://{address}:{self.setting('listener_port')}" if address else ""

    @property
    def speaks_https(self) -> bool:
        """Say whether an HTTPS listener was built for the domain of this environment."""
        listener = self.resources.filter(key="listener.https").exclude(state="GONE")
        return bool(self.setting("domain")) and listener.exists()

    @property
    def certificate(self) -> str:
        """Return the OCID of the imported certificate of the API, if there is one."""
        found = self.resource("certificate.api") if self.setting("domain") else None
        return found.ocid if found else ""

    def known_ocids(self) -> dict[str, str]:
        """Return the OCIDs of what was provisioned, by key."""
        return dict(self.resources.exclude(ocid="").values_list("key", "ocid"))

    def resource(self, key: str) -> "ManagedResource | None":
        """Return the managed resource with that key, if it was provisioned."""
        return self.resources.filter(key=key).first()

    def ocid(self, key: str) -> str:
        """Return the OCID behind a resource key, or refuse before it is provisioned."""
        found = self.resource(key)
        if found is None or not found.ocid:
            raise Refused(
                f"{self.slug} has no {key} yet.",
                next_step=f"Plan and apply {self.slug} first ({self.get_absolute_url()}).",
                act=Act("", f"environment:{self.slug}", self.slug),
            )
        return found.ocid

    def set_compartment(self, compartment: str) -> None:
        """Remember the compartment that was made for it."""
        self.compartment_ocid = compartment
        self.save(update_fields=["compartment_ocid"])

    def clear_compartment(self) -> None:
        """Remember that nothing of it is built any more."""
        self.set_compartment("")

    def change_settings(
        self,
        values: Mapping[str, Any],
        *,
        actor: str,
        owner: str = "",
        cost_center: str = "",
        act: Act | None = None,
        detail: Mapping[str, Any] | None = None,
        job: object = "",
    ) -> None:
        """Store what is chosen, and another owner or cost centre, with one row in the audit trail.

        The caller holds a transaction. `values` replace all that was chosen before. Raises Invalid,
        naming the fields, when they do not fit. The row is that of `act` (environment.changed when
        none is given) with `detail` and the old and new values.
        """
        act = act or self.act(Verb.ENVIRONMENT_CHANGED)
        after = replace(self.settings_to_check(), values=dict(values))
        self._require_fitting(after, act)
        if found := self.fixed_problems(after):
            raise Invalid(
                f"{'; '.join(map(str, found))}.",
                next_step="Give back the value that it was made with.",
                act=act,
            )
        detail = dict(detail or {})
        if fewer := removed_checks(self.chosen_settings, after) if self.protected else {}:
            detail["requested_by"] = self.require_second_admin(fewer, actor=actor, act=act)
        changed = _compare(self.chosen_settings, after)
        for name, value in (("owner", owner), ("cost_center", cost_center)):
            if value and value != getattr(self, name):
                changed[name] = {"before": getattr(self, name), "after": value}
                setattr(self, name, value)
        self.settings, self.pending_change = dict(values), None
        self.save(update_fields=["settings", "pending_change", "owner", "cost_center"])
        audit(act, actor=actor, job=job, detail={**detail, "settings": changed})

    def require_second_admin(self, fewer: Mapping[str, Any], *, actor: str, act: Act) -> str:
        """Return the account of another admin who requested to remove exactly these checks.

        Raises Refused when there is none.
        """
        first, account = PendingChange.from_json(self.pending_change), Actor.parse(actor).account
        if first is None or not first.is_confirmed_by(account, fewer, now()):
            raise Refused(
                f"{self.slug} is protected, and this removes checks of its releases: "
                f"{_as_words(fewer)}. It takes two admins; nothing was saved.",
                next_step="Another admin enters the same on the environment's admin page within "
                "24 hours after the first.",
                act=act,
            )
        return first.account

    def ask_second_admin(self, fewer: Mapping[str, Any], *, actor: str) -> None:
        """Keep the change of the first admin for another to confirm, audited."""
        self.pending_change = PendingChange(
            fewer, Actor.parse(actor).account, now().isoformat()
        ).as_json()
        Environment.objects.filter(pk=self.pk).update(pending_change=self.pending_change)
        act = self.act(Verb.ENVIRONMENT_CHANGE_REQUESTED)
        audit(act, actor=actor, detail={"removes": dict(fewer)})

    def fixed_problems(self, after: EnvironmentSettings) -> list[SettingProblem]:
        """Return what these settings change although it is fixed once the environment exists."""
        name = "parent_compartment"
        if not self.compartment_ocid or after[name] == self.setting(name):
            return []
        words = "its compartment exists in another place, and no plan moves it"
        return [SettingProblem(name, words)]

    def _require_fitting(self, settings: EnvironmentSettings, act: Act) -> None:
        if found := settings.problems():
            raise Invalid(
                f"The settings of {self.slug} do not fit: {'; '.join(map(str, found))}.",
                next_step="Correct them on the environment's admin page.",
                act=act,
            )

    def can_plan(self, user: Person) -> bool:
        """Say whether the person may compare this environment with OCI."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def can_apply(self, user: Person) -> bool:
        """Say whether the person may change this environment's resources."""
        return has_role(user, Role.ADMIN) if self.protected else self.can_plan(user)

    def can_export(self, user: Person) -> bool:
        """Say whether the person may export the configuration; there is no secret in it."""
        return has_role(user, Role.ADMIN, Role.DEPLOYER, Role.AUDITOR)

    def can_change_settings(self, user: Person) -> bool:
        """Say whether the person is an admin, as the acts below require too."""
        return has_role(user, Role.ADMIN)

    can_adopt = can_destroy = can_rotate_key = can_set_secret = can_change_settings
    can_import_certificate = can_subscribe_region = can_change_settings


def _as_words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _compare(before: EnvironmentSettings, after: EnvironmentSettings) -> dict[str, dict[str, Any]]:
    old, new = ({**one.complete(), **one.values} for one in (before, after))
    return {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    }

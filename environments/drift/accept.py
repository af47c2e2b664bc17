"""Accept a difference: the settings change to what was found. OCI is not touched."""

from django.db import transaction

from environments.adoption.match import with_kept_fields
from environments.blueprint import EnvironmentSpec, draft
from environments.models import DriftItem, Environment
from environments.reconcile.planning import spec_of
from environments.settings.rules import split_tags
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.lib.canonical import canonical
from portal.lib.refusal import Refused

REVERT = "Plan the environment to revert it, or change the settings on its admin page."


@transaction.atomic
def accept(item: DriftItem, user: User) -> Environment:
    """Change the settings to what was found; refused when they do not fit."""
    environment = Environment.objects.select_for_update().get(pk=item.environment_id)
    item = DriftItem.objects.select_for_update().get(pk=item.pk)
    act = item.act(Verb.DRIFT_ACCEPTED)
    words = f"change the settings of {environment.slug}"
    allow(environment.can_change_settings(user), user, words, act)
    if item.closed_at is not None or item.taken_over_by:
        raise Refused(
            f"{item} is no longer a difference.", next_step="Check for drift again.", act=act
        )
    if not item.settings:
        why = item.not_a_setting or "no setting controls it"
        raise Refused(f"{item} cannot be accepted: {why}", next_step=REVERT, act=act)
    chosen, tags = split_tags(item.settings)
    environment.change_settings(
        {**environment.settings, **chosen},
        **tags,
        actor=user.actor,
        act=act,
        detail={"field": item.field, "found_made_by": item.who},
    )
    item.mark_accepted(user.actor)
    return environment


def other_effects(item: DriftItem) -> list[str]:
    """Return the keys of the other resources that the accepted settings would change."""
    spec = spec_of(item.environment)
    before = _wire_by_key(item.environment, spec)
    after = _wire_by_key(item.environment, spec.changed(item.settings))
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return [key for key in changed if key != item.key]


def _wire_by_key(environment: Environment, spec: EnvironmentSpec) -> dict[str, bytes]:
    wanted = with_kept_fields(draft(spec), environment.adoptions.kept())
    return {want.key: canonical(want.as_json()) for want in wanted}

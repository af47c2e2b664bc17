"""Choose what a plan may adopt: each choice is a row with its author."""

from collections.abc import Mapping

from django.db import transaction

from environments.adoption.match import MATCHED, OPEN
from environments.models import Adoption, Discovery, Environment
from environments.settings.rules import split_tags
from portal.accounts.access import allow
from portal.accounts.actor import Actor, may_still
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Refused


@transaction.atomic
def choose(
    environment: Environment, choices: Mapping[str, str], *, settings: bool, actor: str
) -> list[Adoption]:
    """Store a choice for each key, and the settings that the discovery found when `settings` is
    set.

    `choices` maps keys to OCIDs of the last discovery; an empty one drops the choice made before.
    Nothing is changed in OCI.
    """
    environment = Environment.objects.select_for_update().get(pk=environment.pk)
    act, user = environment.act(Verb.ADOPTION_CHOSEN), Actor.parse(actor).user()
    allow(may_still(actor, environment.can_adopt), user, f"adopt into {environment}", act)
    found = environment.discoveries.first()
    if found is None or found.problem:
        raise Refused(f"{environment} has no discovery yet.", next_step="Discover first.", act=act)
    dropped = [key for key, ocid in choices.items() if not ocid]
    environment.adoptions.filter(key__in=dropped).delete()
    rows = [_choose_one(found, key, ocid, actor, act) for key, ocid in choices.items() if ocid]
    detail = {"choices": {row.key: row.ocid for row in rows}}
    if settings and found.settings:
        chosen, tags = split_tags(found.settings)
        values = {**environment.settings, **chosen}
        environment.change_settings(values, **tags, actor=actor, act=act, detail=detail)
    else:
        audit(act, actor=actor, detail={**detail, "settings": {}})
    return rows


def needs_rediscovery(environment: Environment, choices: Mapping[str, str]) -> bool:
    """Say whether a choice has to be compared first, with what it contains."""
    found = environment.discoveries.first()
    proposals = found.proposals if found else []
    open_keys = {one["key"] for one in proposals if one["standing"] == OPEN}
    return any(ocid and key in open_keys for key, ocid in choices.items())


def suggested(found: Discovery) -> dict[str, str]:
    """Return every resource that has the right name or is the only one of its kind."""
    matched = [one for one in found.proposals if one["standing"] == MATCHED]
    return {one["key"]: one["ocid"] for one in matched if one["ocid"]}


def _choose_one(found: Discovery, key: str, ocid: str, actor: str, act: Act) -> Adoption:
    environment = found.environment
    proposal = next((one for one in found.proposals if one["key"] == key), None)
    if proposal is None or proposal["standing"] not in (MATCHED, OPEN):
        next_step = "Discover again: the list says why."
        raise Invalid(f"{key}: nothing can be chosen for it.", next_step=next_step, act=act)
    if ocid not in {one["ocid"] for one in proposal["candidates"]}:
        words = f"{key}: {ocid[:120]} is not one of those that were found for it."
        raise Invalid(words, next_step="Choose one of the list, or discover again.", act=act)
    other = environment.adoptions.filter(ocid=ocid).exclude(key=key).first()
    if other is not None:
        words = f"{ocid} is chosen for {other.key} already."
        raise Invalid(words, next_step="Remove that choice first.", act=act)
    row = environment.adoptions.filter(key=key).first() or Adoption(
        environment=environment, key=key
    )
    row.choose(ocid, kept=proposal["keeps"], by=actor)
    row.save()
    return row

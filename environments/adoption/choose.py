"""Choosing what a plan may adopt: every choice is a row, with who made it, and never what belongs to others."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from environments.adoption.match import MATCHED, OPEN
from environments.drift.accept import set_to
from environments.models import Adoption, Discovery, Environment
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid, Refused


@transaction.atomic
def choose(environment: Environment, choices: Mapping[str, str], *, settings: bool, actor: str) -> list[Adoption]:
    """Keep a choice for each key, and take over the settings that the look found; who may is asked by the caller.

    `choices` maps keys to OCIDs of the last look; an empty one drops the choice made before. Nothing is changed in OCI.
    """
    environment = Environment.objects.select_for_update().get(pk=environment.pk)
    seen = environment.discoveries.first()
    if seen is None or seen.problem:
        raise Refused(f"{environment} was not looked through yet.", next_step="Look first.", **_about(environment))
    changed = _take(environment, seen) if settings and seen.settings else {}
    for key in [key for key, ocid in choices.items() if not ocid]:
        environment.adoptions.filter(key=key, environment=environment).delete()
    rows = [_chosen(environment, seen, key, ocid, actor) for key, ocid in choices.items() if ocid]
    detail = {"choices": {row.key: row.ocid for row in rows}, "settings": changed}
    subject = f"environment:{environment.slug}"
    record(Verb.ADOPTION_CHOSEN, actor=actor, subject=subject, environment=environment.slug, detail=detail)
    return rows


def wants_another_look(environment: Environment, choices: Mapping[str, str]) -> bool:
    """Say whether a choice brings more to light: what is called otherwise was not compared yet, nor what stands in it."""
    seen = environment.discoveries.first()
    unseen = {one["key"] for one in seen.proposals if one["standing"] == OPEN} if seen else set()
    return any(ocid and key in unseen for key, ocid in choices.items())


def suggested(seen: Discovery) -> dict[str, str]:
    """Return what the look would choose: every resource with the right name or that is the only one of its kind."""
    return {one["key"]: one["ocid"] for one in seen.proposals if one["standing"] == MATCHED and one["ocid"]}


def _take(environment: Environment, seen: Discovery) -> dict[str, Any]:
    if seen.wrong:
        raise Invalid(
            f"The settings found do not fit together: {'; '.join(seen.wrong)}.", next_step=BY_HAND, **_about(environment)
        )
    return set_to(environment, seen.settings, _about(environment))


def _chosen(environment: Environment, seen: Discovery, key: str, ocid: str, actor: str) -> Adoption:
    proposal = next((one for one in seen.proposals if one["key"] == key), None)
    if proposal is None or proposal["standing"] not in (MATCHED, OPEN):
        raise Invalid(f"{key}: nothing can be chosen for it.", next_step="Look again: the list says why.", **_about(environment))
    if ocid not in {one["ocid"] for one in proposal["candidates"]}:
        words = f"{key}: {ocid[:120]} is not one of those that were found for it."
        raise Invalid(words, next_step="Choose one of the list, or look again.", **_about(environment))
    row = environment.adoptions.filter(key=key).first() or Adoption(environment=environment, key=key)
    _refuse_twice(environment, key, ocid)
    row.choose(ocid, kept=proposal["keeps"], by=actor)
    row.save()
    return row


def _refuse_twice(environment: Environment, key: str, ocid: str) -> None:
    other = environment.adoptions.filter(ocid=ocid).exclude(key=key).first()
    if other is not None:
        raise Invalid(f"{ocid} is chosen for {other.key} already.", next_step="Drop that choice first.", **_about(environment))


def _about(environment: Environment) -> dict[str, Any]:
    return {"verb": Verb.ADOPTION_CHOSEN, "subject": f"environment:{environment.slug}", "environment": environment.slug}


BY_HAND = "Correct the settings on the environment's admin page, then look again."

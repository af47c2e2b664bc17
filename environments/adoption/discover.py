"""Looking for what was built by hand: discover, match, and say which settings it stands for."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from environments.adoption.match import MATCHED, OURS, PART, Proposal, only_one, propose
from environments.adoption.suggest_settings import settings_from
from environments.blueprint import blueprint
from environments.blueprint.infer import with_settings
from environments.blueprint.whole import draft
from environments.drift.items import lookup_of
from environments.models import Discovery, Environment
from environments.reconcile.discovery import discover
from environments.reconcile.observe import Observed, observe
from environments.reconcile.planning import order_of
from environments.settings.rules import problems
from portal.cloud.door import Door, door
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.redact import redact
from portal.lib.refusal import Refused

ROUNDS = 5  # what stands in something that is called otherwise is seen when that is matched


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found."""

    proposals: list[Proposal]
    settings: dict[str, Any]
    wrong: list[str]  # why these settings would not fit together


def look(environment: Environment, *, choices: dict[str, str] | None = None) -> Discovery:
    """Discover and keep what was found; nothing is changed in OCI, nor in the settings."""
    made = Discovery(environment=environment, at=now())
    try:
        found = found_in(environment, choices or {})
        made.proposals = redact([proposal.as_json() for proposal in found.proposals])
        made.settings, made.wrong = found.settings, found.wrong
    except (CloudError, Refused) as error:
        made.problem = str(error)
    with transaction.atomic():
        environment.discoveries.all().delete()
        made.save()
    return made


def found_in(environment: Environment, choices: dict[str, str]) -> Look:
    """Match until nothing new comes to light; what a person chose counts before every suggestion."""
    here = door(environment.home_region)
    chosen = {**environment.adoptions.chosen(), **choices}
    assumed: dict[str, str] = {}
    for _ in range(ROUNDS):
        proposals, observed = _round(here, environment, {**assumed, **chosen})
        more = {key: ocid for key, ocid in only_one(proposals).items() if key not in assumed}
        if not more:
            break
        assumed |= more
    settings, wrong = _settings(here, environment, proposals, observed)
    return Look(proposals if not settings else _again(here, environment, observed, proposals, settings), settings, wrong)


def _round(here: Door, environment: Environment, hints: dict[str, str]) -> tuple[list[Proposal], Observed]:
    wanted = blueprint(order_of(environment))  # nothing is kept yet: what is to be kept is what comes out
    remembered = dict(environment.resources.exclude(ocid="").values_list("key", "ocid"))
    observed = observe(here, wanted, {**hints, **remembered})
    known = lookup_of(observed, here.tenancy)
    listing = discover(here, wanted, known, everywhere=True)
    taken = {found.ocid for found in observed.values() if found}
    return [
        propose(
            want.resolved(known),
            observed.get(want.key),
            listing.of(want.kind),
            remembered=remembered.get(want.key, ""),
            taken=taken,
        )
        for want in wanted
    ], observed


def _settings(
    here: Door, environment: Environment, proposals: list[Proposal], observed: Observed
) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that what could be adopted stands for."""
    adoptable = {one.key for one in proposals if one.standing in (MATCHED, OURS, PART)}
    found = {key: one for key in adoptable if (one := observed.get(key))}
    order = order_of(environment)
    settings = settings_from(order, found, lookup_of(observed, here.tenancy))
    return settings, problems(with_settings(order, settings).settings)


def _again(
    here: Door, environment: Environment, observed: Observed, before: list[Proposal], settings: dict[str, Any]
) -> list[Proposal]:
    """Compare once more under the settings that would be taken: what they explain does not differ any longer."""
    known = lookup_of(observed, here.tenancy)
    remembered = dict(environment.resources.exclude(ocid="").values_list("key", "ocid"))
    wanted = {want.key: want.resolved(known) for want in draft(with_settings(order_of(environment), settings))}
    return [
        propose(wanted[one.key], observed.get(one.key), (), remembered=remembered.get(one.key, ""), taken=())
        if one.standing in (MATCHED, OURS, PART) and one.key in wanted
        else one
        for one in before
    ]

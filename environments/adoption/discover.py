"""Discover what was built by hand, match it, and infer the settings behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from environments.adoption.match import MATCHED, OURS, PART, Proposal, only_one, propose
from environments.adoption.suggest_settings import suggest_settings
from environments.blueprint import blueprint, draft
from environments.desired import Desired, Lookup, Observed, lookup_in
from environments.models import Discovery, Environment
from environments.reconcile.discovery import discover
from environments.reconcile.observe import observe
from environments.reconcile.planning import spec_of
from environments.settings.rules import split_tags
from portal.cloud.client import client
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.redact import redact
from portal.lib.refusal import Refused

ROUNDS = 5  # what is in a network of another name is seen only once that is matched
ADOPTABLE = (MATCHED, OURS, PART)


def discover_for(environment: Environment, *, choices: dict[str, str] | None = None) -> Discovery:
    """Discover and store what was found; neither OCI nor the settings change."""
    made = Discovery(environment=environment, at=now())
    try:
        search = Search.start(environment, choices or {})
        settings = search.suggest()
        proposals = search.propose_again(settings) if settings else search.proposals
        made.proposals = redact([proposal.as_json() for proposal in proposals])
        chosen, _ = split_tags(settings)
        made.store_settings(settings, environment.settings_to_check(**chosen).problems())
    except (CloudError, Refused) as error:
        made.problem = str(error)
    with transaction.atomic():
        environment.discoveries.all().delete()
        made.save()
    return made


@dataclass(frozen=True, slots=True)
class Search:
    """A discovery under way: what was observed, and what is proposed for each key."""

    environment: Environment
    remembered: Mapping[str, str]
    observed: Observed
    known: Lookup
    proposals: list[Proposal]

    @classmethod
    def start(cls, environment: Environment, choices: Mapping[str, str]) -> "Search":
        """Match until nothing new is found; what a person chose counts before every suggestion."""
        chosen = {**environment.adoptions.chosen(), **choices}
        assumed: dict[str, str] = {}
        for _ in range(ROUNDS):
            found = cls._match(environment, {**assumed, **chosen})
            more = {k: ocid for k, ocid in only_one(found.proposals).items() if k not in assumed}
            if not more:
                break
            assumed |= more
        return found

    @classmethod
    def _match(cls, environment: Environment, hints: Mapping[str, str]) -> "Search":
        cloud = client(environment.home_region)
        wanted = blueprint(spec_of(environment))  # without kept fields: those are a result of this
        remembered = environment.known_ocids()
        observed = observe(cloud, wanted, {**hints, **remembered})
        known = lookup_in(observed, cloud.tenancy)
        listing = discover(cloud, wanted, known, everywhere=True)
        taken = {found.ocid for found in observed.values() if found}
        proposals = [
            propose(
                want.resolved(known),
                observed.get(want.key),
                listing.of_kind(want.kind),
                remembered=remembered.get(want.key, ""),
                taken=taken,
            )
            for want in wanted
        ]
        return cls(environment, remembered, observed, known, proposals)

    def suggest(self) -> dict[str, Any]:
        """Return the settings behind what could be adopted."""
        adoptable = {one.key for one in self.proposals if one.standing in ADOPTABLE}
        found = {key: one for key in adoptable if (one := self.observed.get(key))}
        return suggest_settings(spec_of(self.environment), found, self.known)

    def propose_again(self, settings: Mapping[str, Any]) -> list[Proposal]:
        """Compare once more under these settings: what they explain no longer differs."""
        spec = spec_of(self.environment).changed(settings)
        wanted = {want.key: want.resolved(self.known) for want in draft(spec)}
        return [self._again(one, wanted) for one in self.proposals]

    def _again(self, before: Proposal, wanted: Mapping[str, Desired]) -> Proposal:
        key = before.key
        if before.standing not in ADOPTABLE or key not in wanted:
            return before
        remembered = self.remembered.get(key, "")
        return propose(wanted[key], self.observed.get(key), (), remembered=remembered, taken=())

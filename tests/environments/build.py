"""Builders: a spec, a blueprint, what OCI shows when everything is as it should be."""

from environments.blueprint import EnvironmentSpec, blueprint
from environments.desired import TENANCY, Actual
from environments.kinds import KINDS
from environments.reconcile.graph import in_order
from environments.settings.rules import EnvironmentSettings

WEBHOOK = "https://oci:••••••@portal.example/hooks/oci-notifications/"


def spec(*, settings=None, position=1, **changes):
    values = {
        "slug": "dev",
        "prefix": "conceptlens",
        "owner": "team",
        "cost_center": "cc-1",
        "settings": EnvironmentSettings(settings or {}, position),
        "region": "us-ashburn-1",
        "webhook": WEBHOOK,
        "webhook_seal": "seal",
    }
    return EnvironmentSpec(**{**values, **changes})


def wanted(**changes):
    return blueprint(spec(**changes))


def found_as_wanted(want, known):
    """What OCI shows of a resource that is exactly as it is wanted."""
    whole = want.resolved(known)
    facts = {
        "version": 1,
        "managementEndpoint": "https://kms",
        "cidrBlock": "all-iad-services-in-oracle-services-network",
        "defaultSecurityListId": "ocid1.securitylist",
        "madeBy": "job",
        "ipAddress": "192.0.2.7",
    }
    wire = {**whole.fields, "id": f"ocid1.{want.key}", "timeCreated": "2026-01-01T00:00:00Z"}
    owner, key = (want.owner, want.key) if KINDS[want.kind].tagged else ("", "")
    state = min(KINDS[want.kind].good_states)
    return Actual(f"ocid1.{want.key}", want.name, state, wire, facts, owner=owner, key=key)


def built(blueprint_):
    """The observation of an environment that was just applied, with the OCIDs that the portal
    remembers.
    """
    observed = {}

    def known(key, fact):
        if key == TENANCY:
            return "ocid1.tenancy"
        return observed[key].facts[fact] if fact else observed[key].ocid

    by_key = {want.key: want for want in blueprint_}
    for key in in_order({key: want.all_needs() for key, want in by_key.items()}):
        observed[key] = found_as_wanted(by_key[key], known)
    return observed, {key: found.ocid for key, found in observed.items()}

"""What holds for every kind, in the simulator: create, read, update, adopt, refuse, repeat."""

import pytest

from environments import webhook_address
from environments.kinds import KINDS
from environments.reconcile.observe import CloudReader
from tests.environments.build import wanted
from tests.environments.site import Site

NAMED = {"displayName": "renamed by hand"}
WIDE = "Allow group conceptlens-deployers to manage all-resources in compartment conceptlens-dev"
SSH = {
    "protocol": "6",
    "source": "0.0.0.0/0",
    "isStateless": False,
    "tcpOptions": {"destinationPortRange": {"min": 22, "max": 22}},
}
SWITCHED_ON = {  # what is wanted only when a setting asks for it
    "domain": "dev.example.com",
    "budget_per_month": 500,
    "budget_recipients": ["team@example.com"],
}
# key: (service, operation, arguments before the body, body, field that the plan names)
BEHIND_OUR_BACK = {
    "compartment": (
        "identity",
        "update_compartment",
        ["{ocid}"],
        {"description": "by hand"},
        "description",
    ),
    "tag_namespace": (
        "identity",
        "update_tag_namespace",
        ["{ocid}"],
        {"description": "by hand"},
        "description",
    ),
    "tag.owner": (
        "identity",
        "update_tag",
        ["{tag_namespace}", "owner"],
        {"description": "by hand"},
        "description",
    ),
    "group.deployers": (
        "identity",
        "update_group",
        ["{ocid}"],
        {"description": "by hand"},
        "description",
    ),
    "dynamic_group.api": (
        "identity",
        "update_dynamic_group",
        ["{ocid}"],
        {"matchingRule": "ANY {}"},
        "matchingRule",
    ),
    "policy.people": (
        "identity",
        "update_policy",
        ["{ocid}"],
        {"statements": [WIDE]},
        "statements",
    ),
    "vcn": ("virtual_network", "update_vcn", ["{ocid}"], NAMED, "displayName"),
    "default_security_list": (
        "virtual_network",
        "update_security_list",
        ["{ocid}"],
        {"ingressSecurityRules": [SSH]},
        "ingressSecurityRules",
    ),
    "internet_gateway": (
        "virtual_network",
        "update_internet_gateway",
        ["{ocid}"],
        {"isEnabled": False},
        "isEnabled",
    ),
    "nat_gateway": (
        "virtual_network",
        "update_nat_gateway",
        ["{ocid}"],
        {"blockTraffic": True},
        "blockTraffic",
    ),
    "service_gateway": (
        "virtual_network",
        "update_service_gateway",
        ["{ocid}"],
        {"services": []},
        "reaches",
    ),
    "route_table.public": (
        "virtual_network",
        "update_route_table",
        ["{ocid}"],
        {"routeRules": []},
        "routeRules",
    ),
    "subnet.private": ("virtual_network", "update_subnet", ["{ocid}"], NAMED, "displayName"),
    "nsg.db": (
        "virtual_network",
        "update_network_security_group",
        ["{ocid}"],
        NAMED,
        "displayName",
    ),
    "vault": ("kms_vault", "update_vault", ["{ocid}"], NAMED, "displayName"),
    "key": ("kms_management", "update_key", ["{ocid}"], NAMED, "displayName"),
    "secret.DATABASE_URL": (
        "vaults",
        "update_secret",
        ["{ocid}"],
        {"description": "by hand"},
        "description",
    ),
    "bucket.uploads": (
        "object_storage",
        "update_bucket",
        ["{namespace}", "{name}"],
        {"publicAccessType": "ObjectRead"},
        "publicAccessType",
    ),
    "repository.api": (
        "artifacts",
        "update_container_repository",
        ["{ocid}"],
        {"isPublic": True},
        "isPublic",
    ),
    "queue": (
        "queue_admin",
        "update_queue",
        ["{ocid}"],
        {"visibilityInSeconds": 7},
        "visibilityInSeconds",
    ),
    "log_group": ("logging", "update_log_group", ["{ocid}"], NAMED, "displayName"),
    "log.app": (
        "logging",
        "update_log",
        ["{log_group}", "{ocid}"],
        {"retentionDuration": 60},
        "retentionDuration",
    ),
    "db_system": (
        "psql",
        "update_db_system",
        ["{ocid}"],
        {"description": "by hand"},
        "description",
    ),
    "dns_zone": ("dns", "update_zone", ["{ocid}"], {"definedTags": {}}, "definedTags"),
    "topic": ("ons_control", "update_topic", ["{ocid}"], {"description": "by hand"}, "description"),
    "subscription": (
        "ons_data",
        "update_subscription",
        ["{ocid}"],
        {"definedTags": {}},
        "definedTags",
    ),
    "alarm.5xx": ("monitoring", "update_alarm", ["{ocid}"], {"severity": "INFO"}, "severity"),
    "budget": ("budget", "update_budget", ["{ocid}"], {"amount": 9}, "amount"),
    "budget_alert.50": (
        "budget",
        "update_alert_rule",
        ["{budget}", "{ocid}"],
        {"threshold": 60},
        "threshold",
    ),
}
KEYS = list(BEHIND_OUR_BACK)
TAGGED = [key for key in KEYS if not key.startswith(("tag", "bucket", "compartment"))]
NAMES_TAKEN = [
    "compartment",
    "group.admins",
    "dynamic_group.api",
    "policy.services",
    "bucket.exports",
    "topic",
    "repository.worker",
    "budget",
]


def known_words(site, key):
    """Return what the arguments of the table stand for."""
    found, known = site.found(key), {k: v["ocid"] for k, v in site.results.items()}
    return {
        "{ocid}": found.ocid,
        "{name}": found.name,
        "{namespace}": site.client.namespace,
        "{tag_namespace}": known.get("tag_namespace"),
        "{log_group}": known.get("log_group"),
        "{budget}": known.get("budget"),
    }


def by_hand(site, key):
    """Change a resource as somebody with the command line would; return the field that changed."""
    service, operation, before, body, field = BEHIND_OUR_BACK[key]
    words = known_words(site, key)
    at = {"at": site.results["vault"]["facts"]["managementEndpoint"]} if key == "key" else {}
    site.client.change(service, operation, *[words.get(word, word) for word in before], body, **at)
    return field


def test_the_table_speaks_of_every_kind_that_is_not_a_part_of_another():
    parts = {
        "load_balancer",
        "backend_set",
        "listener",
        "lifecycle",
        "retention_rule",
        "tag_default",
    }
    parts |= {"rule_set", "dns_record", "certificate"}  # have a file of their own
    assert {want.kind for want in wanted(settings=SWITCHED_ON) if want.key in KEYS} | parts == set(
        KINDS
    )


# Kinds whose change by hand below is put back by taking a rule, a right, data or a way in away.
TAKES_SOMETHING = {
    *("dynamic_group", "policy", "default_security_list", "bucket", "repository", "log"),
}


@pytest.mark.parametrize("key", KEYS)
def test_it_is_created_read_back_and_then_left_alone(simulator, key):
    site = Site(key, also=SWITCHED_ON)
    assert site.apply() == {}
    found = site.found(key)
    assert found.is_ours(site.want(key))
    assert found.wire["freeformTags"]["portal-job"] == str(site.job.pk)
    if found.owner != "shared":
        assert found.wire["definedTags"]["conceptlens"]["env"] == "dev"
    before = len(site.calls)
    assert site.apply() == {}
    assert len(site.calls) == before


@pytest.mark.parametrize("key", KEYS)
def test_a_change_behind_our_back_is_shown_by_field_and_put_back(simulator, key):
    site = Site(key, also=SWITCHED_ON)
    site.apply()
    field = by_hand(site, key)
    change = site.plan()[key]
    assert [difference.field for difference in change.differences] == [field]
    ends = any(cost.takes_away for cost in change.costs)
    assert change.action == ("takes away" if ends else "update")
    assert ends == (key.partition(".")[0] in TAKES_SOMETHING)
    site.converge(change)
    assert site.plan() == {}


@pytest.mark.parametrize("key", KEYS)
def test_what_exists_with_our_tags_is_adopted_and_a_step_that_runs_again_makes_no_second_one(
    simulator, key
):
    site = Site(key, also=SWITCHED_ON)
    creation = site.plan()[key]
    site.apply()
    ocid = site.found(key).ocid
    site.forget(key)
    change = site.plan()[key]
    assert (change.action, change.ocid) == ("adopt", ocid)
    assert site.converge(change).calls == site.converge(creation).calls == []
    assert site.plan() == {}


@pytest.mark.parametrize("key", TAGGED)
def test_what_carries_the_tags_of_another_environment_is_refused(simulator, key):
    site = Site(key, also=SWITCHED_ON)
    site.apply()
    service, operation, before, _, _ = BEHIND_OUR_BACK[key]
    words = known_words(site, key)
    body = {
        "freeformTags": {"portal-environment": "stage", "portal-key": key},
        **({"description": "d"} if key == "topic" else {}),
    }
    at = {"at": site.results["vault"]["facts"]["managementEndpoint"]} if key == "key" else {}
    site.client.change(service, operation, *[words.get(word, word) for word in before], body, **at)
    change = site.plan()[key]
    assert (change.action, f"belongs to stage:{key}" in change.reason) == ("refuse", True)


@pytest.mark.parametrize("key", NAMES_TAKEN)
def test_a_name_that_somebody_else_has_is_refused_with_the_way_out(simulator, key):
    site = Site(key, also=SWITCHED_ON)
    needs = {want.key for want in site.wanted} - {key}
    if needs:
        Site(*needs, also=SWITCHED_ON).apply()
    want = site.want(key).resolved(
        lambda k, fact: site.client.tenancy if k == "tenancy" else site.observe()[k].ocid
    )
    fields = {name: value for name, value in want.fields.items() if not name.endswith("Tags")}
    foreign(site, key, {**want.place, **fields}, want.name)
    change = site.plan()[key]
    assert change.action == "refuse"
    assert "does not carry the portal's tags" in change.reason


def foreign(site, key, body, name):
    """Make a resource of that name by hand, without the portal's tags."""
    kind = key.split(".")[0]
    if kind == "compartment":
        site.client.change("identity", "create_compartment", body)
    elif kind == "bucket":
        site.client.change(
            "object_storage", "create_bucket", site.client.namespace, {**body, "name": name}
        )
    elif kind in ("group", "dynamic_group", "policy"):
        site.client.change("identity", f"create_{kind}", {**body, "name": name})
    elif kind == "budget":
        site.client.change("budget", "create_budget", body)
    elif kind == "topic":
        site.client.change("ons_control", "create_topic", {**body, "name": name})
    else:
        site.client.change(
            "artifacts", "create_container_repository", {**body, "displayName": name}
        )


@pytest.mark.parametrize(
    "key",
    [
        "vcn",
        "topic",
        "bucket.uploads",
        "alarm.5xx",
        "group.admins",
        "policy.people",
        "dynamic_group.worker",
        "budget",
        "budget_alert.50",
    ],
)
def test_it_is_deleted_and_then_created_again(simulator, key):
    site = Site(key, also=SWITCHED_ON)
    site.apply()
    if key == "vcn":
        assert {want.key for want in site.wanted} & {"vcn", "subnet.public"} == {"vcn"}
    first = site.found(key)
    want = site.want(key).resolved(
        lambda k, fact: site.client.tenancy if k == "tenancy" else site.results[k]["ocid"]
    )
    KINDS[want.kind].delete(DirectWriter(site), first)
    assert KINDS[want.kind].read(CloudReader(site.client), want, first.ocid) is None
    assert site.plan()[key].action == "create"
    assert site.apply() == {}


class DirectWriter:
    """Calls straight out."""

    def __init__(self, site):
        self.client = site.client

    def change(self, service, operation, *args, target="", at="", **kwargs):
        return self.client.change(service, operation, *args, **kwargs, **({"at": at} if at else {}))

    def webhook_address(self):
        return webhook_address.address()

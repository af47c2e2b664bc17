"""The table of forms: each kind of resource with its type in Terraform's provider for OCI."""

from environments.desired import Desired
from environments.export.form import Arguments, Form

NAMESPACE = "${data.oci_objectstorage_namespace.this.namespace}"
SERVICES = "${data.oci_core_services.all.services[0]"
FACTS = {  # what others refer to beside the id: kind, fact -> Terraform's expression, `{address}` standing for the resource
    ("vault", "managementEndpoint"): "${{{address}.management_endpoint}}",
    ("service_gateway", "cidrBlock"): SERVICES + ".cidr_block}",
    ("load_balancer", "ipAddress"): "${{{address}.ip_address_details[0].ip_address}}",
}


def _service_gateway(made: Arguments, want: Desired) -> Arguments:
    return {**made, "services": [{"service_id": SERVICES + ".id}"}]}


def _secret(made: Arguments, want: Desired) -> Arguments:
    """Let Vault make the first value, as the portal does; a value is never written down."""
    context = {"generation_type": "PASSPHRASE", "generation_template": "SECRETS_DEFAULT_PASSWORD", "passphrase_length": 32}
    return {**made, "enable_auto_generation": True, "secret_generation_context": context}


def _lifecycle(made: Arguments, want: Desired) -> Arguments:
    rules = [{**rule, "time_amount": str(rule["time_amount"])} for rule in made["rules"]]
    return {**made, "rules": rules}


FORMS: dict[str, Form] = {
    "compartment": Form("oci_identity_compartment", kept=True),
    "tag_namespace": Form("oci_identity_tag_namespace"),
    "tag": Form("oci_identity_tag", imported="tagNamespaces/{tagNamespaceId}/tags/{name}"),
    "group": Form("oci_identity_group", name="name"),
    "dynamic_group": Form("oci_identity_dynamic_group", name="name"),
    "policy": Form("oci_identity_policy", name="name"),
    "vcn": Form("oci_core_vcn"),
    "internet_gateway": Form("oci_core_internet_gateway", {"isEnabled": "enabled"}),
    "nat_gateway": Form("oci_core_nat_gateway"),
    "service_gateway": Form("oci_core_service_gateway", left_out=frozenset({"reaches"}), rewrite=_service_gateway),
    "route_table": Form("oci_core_route_table"),
    "subnet": Form("oci_core_subnet"),
    "nsg": Form("oci_core_network_security_group", left_out=frozenset({"rules"})),
    "vault": Form("oci_kms_vault", kept=True),
    "key": Form("oci_kms_key", {"at": "management_endpoint"}, imported="managementEndpoint/{at}/keys/{ocid}", kept=True),
    "secret": Form(
        "oci_vault_secret",
        kept=True,
        ignored=("secret_content", "secret_generation_context", "enable_auto_generation"),
        rewrite=_secret,
    ),
    "bucket": Form(
        "oci_objectstorage_bucket",
        {"publicAccessType": "access_type"},
        name="name",
        fixed={"namespace": NAMESPACE},
        imported="n/{namespace}/b/{name}",
        id="name",
        kept=True,
    ),
    "lifecycle": Form(
        "oci_objectstorage_object_lifecycle_policy",
        {"items": "rules"},
        fixed={"namespace": NAMESPACE},
        imported="n/{namespace}/b/{name}/l",
        rewrite=_lifecycle,
    ),
    "repository": Form("oci_artifacts_container_repository", name="display_name", kept=True),
    "load_balancer": Form(
        "oci_load_balancer_load_balancer", {"shapeName": "shape"}, left_out=frozenset({"backendSets", "listeners", "ruleSets"})
    ),
    "backend_set": Form(
        "oci_load_balancer_backend_set",
        {"intervalInMillis": "interval_ms"},
        name="name",
        imported="loadBalancers/{loadBalancerId}/backendSets/{name}",
        ignored=("backend",),
    ),
    "listener": Form("oci_load_balancer_listener", name="name", imported="loadBalancers/{loadBalancerId}/listeners/{name}"),
    "topic": Form("oci_ons_notification_topic", name="name"),
    "subscription": Form(
        "oci_ons_subscription", left_out=frozenset({"seal", "endpoint"}), fixed={"endpoint": "${var.webhook_endpoint}"}
    ),
    "alarm": Form("oci_monitoring_alarm"),
}
RULE = Form(
    "oci_core_network_security_group_security_rule",
    {"isStateless": "stateless"},
    imported="networkSecurityGroups/{group}/securityRules/{ocid}",
)

"""The table of forms: each kind of resource with its type in Terraform's provider for OCI."""

from environments.desired import Desired
from environments.export.terraform_form import Arguments, Form

NAMESPACE = "${data.oci_objectstorage_namespace.this.namespace}"
SERVICES = "${data.oci_core_services.all.services[0]"
FACTS = {  # what others refer to beside the id: kind, fact -> Terraform's expression, `{address}` standing for the resource
    ("vault", "managementEndpoint"): "${{{address}.management_endpoint}}",
    ("service_gateway", "cidrBlock"): SERVICES + ".cidr_block}",
    ("load_balancer", "ipAddress"): "${{{address}.ip_address_details[0].ip_address}}",
    ("vcn", "defaultSecurityListId"): "${{{address}.default_security_list_id}}",
    ("secret", "version"): "${{{address}.current_version_number}}",
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


def _retention(made: Arguments, want: Desired) -> Arguments:
    return {**made, "duration": {**made["duration"], "time_amount": str(made["duration"]["time_amount"])}}


def _db_system(made: Arguments, want: Desired) -> Arguments:
    """Take the password from its secret, as the portal does: by reference."""
    secret, _, version = want.place["login"].rpartition("@")
    password = {"password_type": "VAULT_SECRET", "secret_id": secret, "secret_version": version}
    credentials = {"username": want.fields["adminUsername"], "password_details": password}
    network = {"subnet_id": want.place["subnetId"], **made["network_details"]}
    return {**made, "credentials": credentials, "network_details": network}


def _dns_record(made: Arguments, want: Desired) -> Arguments:
    return {**made, "rtype": want.fields["items"][0]["rtype"]}


CERTIFICATE = {
    "config_type": "IMPORTED",
    "certificate_pem": "${var.certificate_pem}",
    "cert_chain_pem": "${var.certificate_chain_pem}",
    "private_key_pem": "${var.certificate_private_key_pem}",
}
FORMS: dict[str, Form] = {
    "compartment": Form("oci_identity_compartment", kept=True),
    "tag_namespace": Form("oci_identity_tag_namespace"),
    "tag": Form("oci_identity_tag", imported="tagNamespaces/{tagNamespaceId}/tags/{name}"),
    "tag_default": Form("oci_identity_tag_default"),
    "group": Form("oci_identity_group", name="name"),
    "dynamic_group": Form("oci_identity_dynamic_group", name="name"),
    "policy": Form("oci_identity_policy", name="name"),
    "vcn": Form("oci_core_vcn"),
    "default_security_list": Form(
        "oci_core_default_security_list", {"id": "manage_default_resource_id"}, left_out=frozenset({"vcnId"})
    ),
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
    "retention_rule": Form("retention_rules", left_out=frozenset({"bucket", "bucketName"}), part_of="bucket", rewrite=_retention),
    "db_system": Form(
        "oci_psql_db_system",
        left_out=frozenset({"login", "adminUsername", "subnetId"}),
        kept=True,
        ignored=("credentials",),
        rewrite=_db_system,
    ),
    "queue": Form("oci_queue_queue"),
    "log_group": Form("oci_logging_log_group"),
    "log": Form("oci_logging_log", imported="logGroupId/{logGroupId}/logId/{ocid}"),
    "dns_zone": Form("oci_dns_zone", kept=True),
    "dns_record": Form(
        "oci_dns_rrset",
        {"zone": "zone_name_or_id"},
        name="domain",
        imported="zoneNameOrId/{zone}/domain/{name}/rtype/A",
        rewrite=_dns_record,
    ),
    "certificate": Form(
        "oci_certificates_management_certificate",
        name="name",
        fixed={"certificate_config": CERTIFICATE},
        kept=True,
        ignored=("certificate_config",),
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
    "rule_set": Form("oci_load_balancer_rule_set", name="name", imported="loadBalancers/{loadBalancerId}/ruleSets/{name}"),
    "topic": Form("oci_ons_notification_topic", name="name"),
    "subscription": Form(
        "oci_ons_subscription", left_out=frozenset({"seal", "endpoint"}), fixed={"endpoint": "${var.webhook_endpoint}"}
    ),
    "alarm": Form("oci_monitoring_alarm"),
    "budget": Form("oci_budget_budget"),
    "budget_alert": Form("oci_budget_alert_rule", imported="budgets/{budgetId}/alertRules/{ocid}"),
}
RULE = Form(
    "oci_core_network_security_group_security_rule",
    {"isStateless": "stateless"},
    imported="networkSecurityGroups/{group}/securityRules/{ocid}",
)

"""PostgreSQL: systems, their parts and passwords, backups, restores."""

import base64
from datetime import UTC, datetime, timedelta

import oci
import pytest
from cryptography import x509

from tests.patience import until

FLEX = {
    "shape": "PostgreSQL.VM.Standard.E4.Flex",
    "instanceOcpuCount": 2,
    "instanceMemorySizeInGBs": 32,
}


@pytest.fixture
def psql(clients):
    return clients.make(oci.psql.PostgresqlClient)


@pytest.fixture
def subnet(estate):
    vcn = estate.vcn()
    return estate.in_vcn("subnet", vcn, cidrBlock="10.0.1.0/24", prohibitPublicIpOnVnic=True)


@pytest.fixture
def secret(estate):
    vault = estate.vault()
    content = {"contentType": "BASE64", "content": base64.b64encode(b"Sesame-4711").decode()}
    details = {
        "compartmentId": estate.compartment,
        "vaultId": vault.id,
        "keyId": estate.key(vault).id,
    }
    return estate.clients.secrets.create_secret(
        {**details, "secretName": "db-password", "secretContent": content}
    ).data


def _credentials(secret, version="1"):
    password = {
        "passwordType": "VAULT_SECRET",
        "secretId": getattr(secret, "id", secret),
        "secretVersion": version,
    }
    return {"username": "conceptlens", "passwordDetails": password}


@pytest.fixture
def details(estate, subnet, secret):
    def make(**more):
        storage = {"systemType": "OCI_OPTIMIZED_STORAGE", "isRegionallyDurable": True}
        made = {
            "displayName": "conceptlens-dev-db",
            "compartmentId": estate.compartment,
            "dbVersion": "15",
            **FLEX,
        }
        made |= {
            "storageDetails": storage,
            "networkDetails": {"subnetId": subnet.id},
            "credentials": _credentials(secret),
        }
        return {**made, **more}

    return make


@pytest.fixture
def system(psql, details):
    return lambda **more: psql.get_db_system(psql.create_db_system(details(**more)).data.id).data


@pytest.fixture
def backup(estate, psql):
    def make(system):
        asked = {
            "displayName": "before",
            "compartmentId": estate.compartment,
            "dbSystemId": system.id,
        }
        answer = psql.create_backup(asked)
        assert answer.data is None
        work = psql.get_work_request(answer.headers["opc-work-request-id"]).data
        return psql.get_backup(work.resources[0].identifier).data

    return make


def test_a_system_comes_up_with_defaults_and_without_its_password(psql, system):
    made = system(instanceCount=2)
    assert (made.lifecycle_state, made.system_role, made.instance_count, made.admin_username) == (
        "ACTIVE",
        "STANDALONE_DB_SYSTEM",
        2,
        "conceptlens",
    )
    assert made.management_policy.backup_policy.kind == "NONE" and made.config_id
    assert {item.lifecycle_state for item in made.instances} == {"ACTIVE"} and "Sesame" not in str(
        made
    )
    place = psql.get_connection_details(made.id).data
    assert x509.load_pem_x509_certificate(place.ca_certificate.encode()).extensions
    assert (
        place.primary_db_endpoint.ip_address == made.network_details.primary_db_endpoint_private_ip
    )
    assert place.primary_db_endpoint.port == 5432 and len(place.instance_endpoints) == 2
    assert psql.get_default_configuration(made.config_id).data.db_version == "15"


def test_a_work_request_waits_before_it_is_in_progress(simulator, psql, details):
    simulator.control("POST", "/clock", {"scale": 1000})
    work = psql.create_db_system(details()).headers["opc-work-request-id"]
    states = [psql.get_work_request(work).data.status]
    for seconds in (500, 500, 8000):
        simulator.advance(seconds)
        states.append(psql.get_work_request(work).data.status)
    assert states == ["ACCEPTED", "WAITING", "IN_PROGRESS", "SUCCEEDED"]


WRONG = [
    ({"credentials": None}, 400),
    ({"dbVersion": "9.6"}, 400),
    ({"shape": "PostgreSQL.VM.Huge"}, 400),
    ({"instanceOcpuCount": None}, 400),
    ({"instanceCount": 99}, 400),
    ({"credentials": _credentials("ocid1.vaultsecret.oc1.iad.none")}, 404),
    (
        {"storageDetails": {"systemType": "OCI_OPTIMIZED_STORAGE", "isRegionallyDurable": False}},
        400,
    ),
    ({"managementPolicy": {"backupPolicy": {"kind": "DAILY", "backupStart": "25:00"}}}, 400),
    (
        {
            "managementPolicy": {
                "backupPolicy": {"kind": "DAILY", "backupStart": "02:00", "retentionDays": 36}
            }
        },
        400,
    ),
    ({"configId": "ocid1.postgresqlconfiguration.oc1.iad.none"}, 404),
]


@pytest.mark.parametrize(("wrong", "status"), WRONG)
def test_what_cannot_be_is_refused_before_anything_is_made(
    estate, psql, details, refusal, wrong, status
):
    asked = {name: value for name, value in details(**wrong).items() if value is not None}
    assert refusal(psql.create_db_system, asked)[0] == status
    assert psql.list_db_systems(compartment_id=estate.compartment).data.items == []


def test_a_secret_must_have_the_version_and_the_subnet_be_private(
    estate, psql, details, secret, refusal
):
    assert refusal(psql.create_db_system, details(credentials=_credentials(secret, "2")))[0] == 404
    public = estate.in_vcn("subnet", estate.vcn("10.9.0.0/16"), cidrBlock="10.9.1.0/24")
    assert refusal(psql.create_db_system, details(networkDetails={"subnetId": public.id})) == (
        400,
        "InvalidParameter",
    )


def test_a_system_is_changed_stopped_started_and_deleted(estate, psql, subnet, system, refusal):
    made = system()
    policy = {"backupPolicy": {"kind": "DAILY", "backupStart": "02:00", "retentionDays": 14}}
    psql.update_db_system(
        made.id,
        {
            "managementPolicy": policy,
            "shape": "VM.Standard.E4.Flex",
            "instanceOcpuCount": 4,
            "instanceMemorySizeInGBs": 64,
        },
    )
    changed = psql.get_db_system(made.id).data
    assert (
        changed.instance_ocpu_count,
        changed.management_policy.backup_policy.retention_days,
    ) == (4, 14)
    assert changed.management_policy.maintenance_window_start
    psql.stop_db_system(made.id)
    assert psql.get_db_system(made.id).data.lifecycle_state == "INACTIVE"
    assert refusal(psql.update_db_system, made.id, {"displayName": "x"}) == (409, "IncorrectState")
    psql.start_db_system(made.id, {})
    assert psql.get_db_system(made.id).data.lifecycle_state == "ACTIVE"
    assert refusal(estate.clients.network.delete_subnet, subnet.id)[0] == 409
    work = psql.delete_db_system(made.id).headers["opc-work-request-id"]
    assert psql.get_work_request(work).data.operation_type == "DELETE_POSTGRESQL_DB_SYSTEM"
    assert psql.get_db_system(made.id).data.lifecycle_state == "DELETED"
    assert estate.clients.network.delete_subnet(subnet.id).status == 204


def test_instances_are_added_removed_and_failed_over_to(psql, system, refusal):
    made = system()
    assert refusal(psql.failover_db_system, made.id, {}) == (400, "InvalidParameter")
    psql.patch_db_system(
        made.id,
        {
            "items": [
                {"operation": "INSERT", "selection": "instances", "value": {"displayName": "two"}}
            ]
        },
    )
    first, second = psql.get_db_system(made.id).data.instances
    psql.failover_db_system(made.id, {})
    assert psql.get_primary_db_instance(made.id).data.db_instance_id == second.id
    psql.patch_db_system(
        made.id,
        {"items": [{"operation": "REMOVE", "selection": f"instances[?id == '{first.id}']"}]},
    )
    assert psql.get_db_system(made.id).data.instance_count == 1


def test_a_new_password_comes_from_a_version_that_exists(psql, system, secret, refusal):
    made = system()
    password = _credentials(secret)["passwordDetails"]
    assert psql.reset_master_user_password(made.id, {"passwordDetails": password}).status == 202
    missing = {"passwordDetails": {**password, "secretVersion": "7"}}
    assert refusal(psql.reset_master_user_password, made.id, missing)[0] == 404


def test_a_backup_makes_a_new_system_or_puts_the_old_one_back(
    estate, psql, system, backup, refusal
):
    made = system()
    kept = backup(made)
    assert (kept.lifecycle_state, kept.source_type, kept.db_system_details.db_version) == (
        "ACTIVE",
        "MANUAL",
        "15",
    )
    twin = system(source={"sourceType": "BACKUP", "backupId": kept.id}, displayName="restore-test")
    assert twin.id != made.id and twin.source.backup_id == kept.id
    assert refusal(psql.restore_db_system, twin.id, {"backupId": kept.id}) == (
        400,
        "InvalidParameter",
    )
    assert psql.restore_db_system(made.id, {"backupId": kept.id}).status == 202
    psql.delete_db_system(made.id)
    assert [
        item.id for item in psql.list_backups(compartment_id=estate.compartment).data.items
    ] == [kept.id]
    psql.delete_backup(kept.id)
    assert psql.get_backup(kept.id).data.lifecycle_state == "DELETED"


def test_a_change_of_a_part_of_the_size_is_refused(psql, system, refusal):
    made = system()
    assert refusal(psql.update_db_system, made.id, {"instanceOcpuCount": 4})[0] == 400


def test_shapes_and_configurations_are_listed(estate, psql, system, refusal):
    shapes = {item.shape: item.is_flexible for item in psql.list_shapes().data.items}
    assert shapes[FLEX["shape"]] and not shapes["PostgreSQL.VM.Standard.E4.Flex.2.32GB"]
    overrides = {"items": [{"configKey": "max_connections", "overridenConfigValue": "200"}]}
    own = {
        "displayName": "own",
        "compartmentId": estate.compartment,
        "dbVersion": "15",
        "dbConfigurationOverrides": overrides,
    }
    made = psql.create_configuration(own).data
    assert system(configId=made.id).config_id == made.id
    assert refusal(psql.delete_configuration, made.id)[0] == 409
    assert len(psql.list_default_configurations(db_version="15").data.items) == 1


def test_a_system_tells_its_figures_while_it_runs(estate, clients, psql, system):
    made, monitoring = system(instanceCount=2), clients.make(oci.monitoring.MonitoringClient)

    def told(since):
        query = {
            "namespace": "oci_postgresql",
            "query": f'Connections[1m]{{resourceId = "{made.id}"}}.max()',
        }
        details = {**query, "startTime": since, "endTime": datetime.now(UTC) + timedelta(minutes=1)}
        return monitoring.summarize_metrics_data(estate.compartment, details).data

    found = until(lambda: told(datetime.now(UTC) - timedelta(minutes=1)))
    assert {stream.dimensions["dbInstanceRole"] for stream in found} == {"PRIMARY", "READ_REPLICA"}
    assert {point.value for stream in found for point in stream.aggregated_datapoints} == {0.0}, (
        "nobody is connected"
    )
    names = monitoring.list_metrics(estate.compartment, {"namespace": "oci_postgresql"}).data
    assert {item.name for item in names} == {"Connections", "CpuUtilization", "MemoryUtilization"}

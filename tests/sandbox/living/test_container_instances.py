"""Container instances run, end, fail, restart, tell."""

import base64
import json

import oci
import pytest

from tests.patience import until

CHECK = {
    "health_check_type": "HTTP",
    "name": "health",
    "path": "/health",
    "port": 8000,
    "interval_in_seconds": 1,
}


def http_check(**changes):
    fields = {
        key: value for key, value in {**CHECK, **changes}.items() if key != "health_check_type"
    }
    return oci.container_instances.models.CreateContainerHttpHealthCheckDetails(**fields)


def test_an_api_image_becomes_a_healthy_process(site):
    made = site.instance(site.image(), health_checks=[http_check()])
    assert made.lifecycle_state == "CREATING"
    found = site.settled(made.id)
    until(lambda: site.container(found).health_checks[0].status == "HEALTHY")
    assert site.address(found).startswith("10.20.2.")
    assert (
        b"conceptlens-api listens"
        in site.compute.retrieve_logs(found.containers[0].container_id).data.content
    )


def test_its_work_request_succeeds_when_it_runs(site):
    answer = site.compute.create_container_instance(site_details(site, site.image()))
    request = until(lambda: ended(site, answer.headers["opc-work-request-id"]))
    assert request.status == "SUCCEEDED"
    assert site.compute.get_container_instance(answer.data.id).data.lifecycle_state == "ACTIVE"


def test_an_image_that_is_not_in_the_registry_fails_the_instance(site):
    missing = "ocir.us-ashburn-1.oci.oraclecloud.com/axsandboxns01/conceptlens-dev/api:9.9.9"
    answer = site.compute.create_container_instance(site_details(site, missing))
    request = until(lambda: ended(site, answer.headers["opc-work-request-id"]))
    assert request.status == "FAILED"
    found = site.compute.get_container_instance(answer.data.id).data
    assert found.lifecycle_state == "FAILED"
    assert "not in the registry" in found.lifecycle_details
    assert (
        "not in the registry"
        in site.compute.list_work_request_errors(request.id).data.items[0].message
    )


def test_an_image_may_be_named_by_digest(site):
    pushed = site.simulator.push("conceptlens-dev/api", "1.5.0-unhealthy")
    found = site.running(pushed["by_digest"])
    assert site.container(found).lifecycle_state == "ACTIVE"


def test_a_crashing_image_is_restarted_then_given_up(site):
    made = site.instance(site.image("2.0.0-crash"))
    failed = site.settled(made.id, "FAILED")
    container = site.container(failed)
    assert (container.lifecycle_state, container.exit_code) == ("FAILED", 1)
    assert container.container_restart_attempt_count == 5
    assert "exit code 1" in failed.lifecycle_details
    assert (
        b"broken on purpose"
        in site.compute.retrieve_logs(container.id, is_previous=True).data.content
    )


def test_a_one_off_command_runs_to_its_exit_code(site):
    made = site.instance(
        site.image(),
        policy="NEVER",
        command=["python", "-m", "alembic"],
        arguments=["upgrade", "head"],
    )
    done = site.settled(made.id, "INACTIVE")
    container = site.container(done)
    assert (
        container.lifecycle_state,
        container.exit_code,
        container.container_restart_attempt_count,
    ) == ("INACTIVE", 0, 0)
    assert (
        site.compute.retrieve_logs(container.id)
        .data.content.decode()
        .endswith("b3c4d5e6f7a8 (head)\n")
    )


@pytest.mark.parametrize(
    ("command", "code"), [(["sh", "-c", "exit 3"], 3), (["rm", "-rf", "/"], 127)]
)
def test_other_commands_are_not_run_on_this_machine(site, command, code):
    done = site.settled(site.instance(site.image(), policy="NEVER", command=command).id, "INACTIVE")
    assert site.container(done).exit_code == code


def test_a_worker_polls_what_it_can_see(site):
    found = site.running(
        site.image(role="worker"), command=["python", "-m", "app.workers.compute_worker"]
    )
    until(
        lambda: (
            b"polls its own queue file"
            in site.compute.retrieve_logs(found.containers[0].container_id).data.content
        )
    )


def test_a_worker_without_the_override_starts_the_api_as_the_product_does(site):
    found = site.running(site.image(role="worker"))
    until(
        lambda: (
            b"conceptlens-api listens"
            in site.compute.retrieve_logs(found.containers[0].container_id).data.content
        )
    )


def test_start_after_a_stop_runs_it_again_at_another_address(site):
    found = site.running(site.image())
    address = site.address(found)
    site.compute.stop_container_instance(found.id)
    stopped = site.settled(found.id, "INACTIVE")
    assert site.container(stopped).exit_code == 143
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        site.compute.stop_container_instance(found.id)
    assert (refused.value.status, refused.value.code) == (409, "IncorrectState")
    site.compute.start_container_instance(found.id)
    assert site.address(site.settled(found.id)) != address  # OCI promises none
    assert site.container(found).exit_code is None


def test_delete_ends_the_process_and_frees_the_address(site):
    found = site.running(site.image())
    (running,) = until(lambda: site.simulator.control("GET", "/containers"))
    site.compute.delete_container_instance(found.id)
    until(lambda: site.compute.get_container_instance(found.id).data.lifecycle_state == "DELETED")
    until(lambda: not site.simulator.control("GET", "/containers"))
    assert not alive(running["pid"])
    assert site.network.get_vnic(found.vnics[0].vnic_id).data.lifecycle_state == "TERMINATED"


def test_a_failing_health_check_kills_and_the_policy_restarts(site):
    found = site.running(
        site.image(), health_checks=[http_check(path="/nowhere", failure_threshold=2)]
    )
    until(lambda: site.container(found).container_restart_attempt_count >= 1)
    assert site.container(found).exit_code == 137


def test_a_health_check_may_only_tell(site):
    found = site.running(
        site.image(),
        health_checks=[http_check(path="/nowhere", failure_threshold=1, failure_action="NONE")],
    )
    until(lambda: site.container(found).health_checks[0].status == "UNHEALTHY")
    assert site.container(found).container_restart_attempt_count == 0


def test_the_process_reads_its_secrets_with_its_own_identity(site):
    secret = secret_of(site, "production-password")
    variables = {
        "DATABASE_URL": site.database,
        "APP_ENV": "production",
        "INSTRUCTOR_PASSWORD_SECRET_OCID": secret,
    }
    found = site.running(site.image(), environment_variables=variables)
    until(
        lambda: (
            b"listens" in site.compute.retrieve_logs(found.containers[0].container_id).data.content
        )
    )
    shown = site.container(found).environment_variables
    assert "production-password" not in json.dumps(shown)
    assert "RESOURCE_PRINCIPAL" not in json.dumps(shown)


def test_a_secret_that_cannot_be_read_keeps_it_from_starting(site):
    variables = {
        "DATABASE_URL_SECRET_OCID": "ocid1.vaultsecret.oc1.iad.nobody",
        "ENTRYPOINT_WAIT_SECONDS": "0",
    }
    found = site.instance(site.image(), policy="NEVER", environment_variables=variables)
    done = site.settled(found.id, "INACTIVE")
    assert site.container(done).exit_code == 77
    assert (
        b"Vault answered 404"
        in site.compute.retrieve_logs(done.containers[0].container_id).data.content
    )


def test_an_availability_domain_may_be_out_of_capacity(site, simulator):
    simulator.control("POST", "/limits", {f"ContainerInstance@{site.domain}": 0})
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        site.instance(site.image())
    assert (caught.value.status, caught.value.message) == (500, "Out of host capacity.")
    site.domain = site.domain.replace("AD-1", "AD-2")
    assert site.instance(site.image()).availability_domain.endswith("AD-2")


def test_the_log_of_a_container_comes_late_or_cut_as_a_fault_says(site, simulator):
    variables = {"DATABASE_URL_SECRET_OCID": "ocid1.vaultsecret.oc1.iad.nobody"}
    variables["ENTRYPOINT_WAIT_SECONDS"] = "0"
    found = site.instance(site.image(), policy="NEVER", environment_variables=variables)
    key = site.settled(found.id, "INACTIVE").containers[0].container_id

    def read():
        return site.compute.retrieve_logs(key).data.content

    simulator.fault("empty_log", count=2)
    assert [read(), read()] == [b"", b""]
    whole = read()
    assert b"Vault answered 404" in whole
    simulator.fault("cut_log", count=-1)
    assert read() == whole[: len(whole) // 2]


WORKER = ["python", "-m", "app.workers.compute_worker"]


def test_arguments_go_to_the_entry_point_which_reads_the_secrets(site):
    variables = {"DATABASE_URL_SECRET_OCID": secret_of(site, site.database)}
    found = site.running(
        site.image(role="worker"), arguments=WORKER, environment_variables=variables
    )
    key = found.containers[0].container_id
    until(lambda: b"compute worker" in site.compute.retrieve_logs(key).data.content)


def test_a_command_displaces_the_entry_point_so_no_secret_is_read(site):
    variables = {"DATABASE_URL_SECRET_OCID": secret_of(site, "an-address")}
    made = site.instance(
        site.image(role="worker"), policy="NEVER", command=WORKER, environment_variables=variables
    )
    container = site.container(site.settled(made.id, "INACTIVE"))
    assert container.exit_code == 1
    assert b"DATABASE_URL: Field required" in site.compute.retrieve_logs(container.id).data.content


def test_what_breaks_the_rules_is_refused(site):
    details = site_details(site, site.image())
    details.shape = "VM.Standard2.1"
    assert refusal(site, details) == "InvalidParameter"
    details = site_details(site, site.image())
    details.containers[0].environment_variables = {"BIG": "x" * 70_000}
    assert refusal(site, details) == "InvalidParameter"
    details = site_details(site, site.image())
    details.shape_config.memory_in_gbs = 500
    assert refusal(site, details) == "InvalidParameter"
    details = site_details(site, site.image())
    details.vnics[0].subnet_id = "ocid1.subnet.oc1.iad.nobody"
    assert refusal(site, details) == "NotAuthorizedOrNotFound"


def test_only_name_and_tags_can_be_changed(site):
    found = site.running(site.image())
    models = oci.container_instances.models
    site.compute.update_container_instance(
        found.id, models.UpdateContainerInstanceDetails(display_name="renamed")
    )
    assert site.compute.get_container_instance(found.id).data.display_name == "renamed"
    key = found.containers[0].container_id
    site.compute.update_container(key, models.UpdateContainerDetails(freeform_tags={"a": "b"}))
    assert site.compute.get_container(key).data.freeform_tags == {"a": "b"}
    listed = site.compute.list_container_instances(
        site.compartment, lifecycle_state="ACTIVE"
    ).data.items
    assert [(row.id, row.container_count) for row in listed] == [(found.id, 1)]
    listed = site.compute.list_containers(
        site.compartment, container_instance_id=found.id
    ).data.items
    assert [row.id for row in listed] == [key]
    assert "CI.Standard.E4.Flex" in [
        row.name for row in site.compute.list_container_instance_shapes(site.compartment).data.items
    ]


def site_details(site, image):
    models = oci.container_instances.models
    return models.CreateContainerInstanceDetails(
        compartment_id=site.compartment,
        availability_domain=site.domain,
        shape="CI.Standard.E4.Flex",
        shape_config=models.CreateContainerInstanceShapeConfigDetails(ocpus=1),
        containers=[
            models.CreateContainerDetails(
                image_url=image, environment_variables={"DATABASE_URL": site.database}
            )
        ],
        vnics=[models.CreateContainerVnicDetails(subnet_id=site.subnet)],
    )


def ended(site, request):
    found = site.compute.get_work_request(request).data
    return found if found.status in ("SUCCEEDED", "FAILED") else None


def refusal(site, details):
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        site.compute.create_container_instance(details)
    return refused.value.code


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def secret_of(site, value):
    models = oci.key_management.models
    vaults = site.client(oci.key_management.KmsVaultClient)
    vault = vaults.create_vault(
        models.CreateVaultDetails(
            compartment_id=site.compartment, display_name="vault", vault_type="DEFAULT"
        )
    ).data
    vault = until(
        lambda: v if (v := vaults.get_vault(vault.id).data).lifecycle_state == "ACTIVE" else None
    )
    keys = site.client(oci.key_management.KmsManagementClient, vault.management_endpoint)
    shape = models.KeyShape(algorithm="AES", length=32)
    key = keys.create_key(
        models.CreateKeyDetails(
            compartment_id=site.compartment, display_name="key", key_shape=shape
        )
    ).data
    until(lambda: keys.get_key(key.id).data.lifecycle_state == "ENABLED")
    content = oci.vault.models.Base64SecretContentDetails(
        content=base64.b64encode(value.encode()).decode()
    )
    details = oci.vault.models.CreateSecretDetails(
        compartment_id=site.compartment,
        vault_id=vault.id,
        key_id=key.id,
        secret_name="INSTRUCTOR_PASSWORD",
        secret_content=content,
    )
    return site.client(oci.vault.VaultsClient).create_secret(details).data.id

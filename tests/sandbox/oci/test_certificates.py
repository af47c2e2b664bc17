"""Imported certificates: what is read from them, what is refused, versions, deletion, load
balancers that use them.
"""

import datetime

import oci
import pytest

from tests import ports
from tests.issued import NOW, Issued


@pytest.fixture(scope="module")
def root():
    return Issued("Example Root", authority=True, days=900)


def _config(leaf, *chain, **more):
    pems = {
        "certificatePem": leaf.pem,
        "certChainPem": "".join(item.pem for item in chain),
        "privateKeyPem": leaf.key_pem,
    }
    return {"configType": "IMPORTED", **pems, **more}


@pytest.fixture
def certificates(clients):
    return clients.make(oci.certificates_management.CertificatesManagementClient)


@pytest.fixture
def details(estate, root):
    def make(name="api", config=None):
        config = config or _config(Issued("api.example.com", root), root)
        return {"name": name, "compartmentId": estate.compartment, "certificateConfig": config}

    return make


@pytest.fixture
def certificate(certificates, details):
    return lambda *args: (
        certificates.get_certificate(certificates.create_certificate(details(*args)).data.id).data
    )


def test_what_is_imported_is_told_and_its_key_is_not(
    estate, certificates, certificate, root, simulator
):
    leaf = Issued("api.example.com", root, days=20)
    made = certificate("api", _config(leaf, root))
    assert (made.lifecycle_state, made.config_type, made.key_algorithm) == (
        "ACTIVE",
        "IMPORTED",
        "ECDSA_P256",
    )
    assert (
        made.subject.common_name == "api.example.com"
        and made.signature_algorithm == "SHA256_WITH_ECDSA"
    )
    version = made.current_version
    assert version.version_number == 1 and set(version.stages) == {"CURRENT", "LATEST"}
    assert abs(
        version.validity.time_of_validity_not_after - leaf.certificate.not_valid_after_utc
    ) < datetime.timedelta(seconds=1)
    assert [(name.type, name.value) for name in version.subject_alternative_names] == [
        ("DNS", "api.example.com")
    ]
    listed = certificates.list_certificates(
        compartment_id=estate.compartment, name="api"
    ).data.items
    assert listed[0].current_version_summary.serial_number == version.serial_number
    assert "PRIVATE KEY" not in f"{made} {simulator.journal()}"


def test_a_name_is_unique_in_its_compartment(certificates, certificate, details, refusal):
    certificate()
    assert refusal(certificates.create_certificate, details()) == (409, "CertificateAlreadyExists")


def _broken(root):
    leaf, middle = Issued("a.example.com", root), Issued("Middle", root, authority=True)
    below = Issued("b.example.com", middle)
    return {
        "expired": _config(Issued("old.example.com", root, days=-1), root),
        "expired authority": _config(
            Issued("a.example.com", old := Issued("Old Root", authority=True, days=-1)), old
        ),
        "foreign chain": _config(leaf, Issued("Other Root", authority=True)),
        "wrong order": _config(below, root, middle),
        "not an authority": _config(Issued("c.example.com", leaf), leaf, root),
        "foreign key": {**_config(leaf, root), "privateKeyPem": below.key_pem},
        "no key": {**_config(leaf, root), "privateKeyPem": "nonsense"},
        "no certificate": {**_config(leaf, root), "certificatePem": "nonsense"},
        "no chain": {**_config(leaf, root), "certChainPem": "nonsense"},
    }


def test_what_could_not_be_served_is_refused(estate, certificates, details, root, refusal):
    for what, config in _broken(root).items():
        assert refusal(certificates.create_certificate, details("x", config)) == (
            400,
            "InvalidParameter",
        ), what
    assert certificates.list_certificates(compartment_id=estate.compartment).data.items == []


def test_a_longer_chain_and_a_self_signed_certificate_are_taken(certificate, root):
    middle, alone = Issued("Middle", root, authority=True), Issued("alone.example.com")
    assert (
        certificate("long", _config(Issued("b.example.com", middle), middle, root)).lifecycle_state
        == "ACTIVE"
    )
    assert certificate("alone", _config(alone, alone)).subject.common_name == "alone.example.com"


def test_a_new_import_is_a_new_version_which_can_be_taken_back(
    certificates, certificate, root, refusal
):
    made = certificate()
    later = Issued("api.example.com", root, days=300)
    certificates.update_certificate(made.id, {"certificateConfig": _config(later, root)})
    current = certificates.get_certificate(made.id).data.current_version
    assert (
        current.version_number == 2
        and current.validity.time_of_validity_not_after > NOW + datetime.timedelta(days=299)
    )
    certificates.update_certificate(
        made.id, {"certificateConfig": _config(later, root, stage="PENDING")}
    )
    stages = {
        item.version_number: set(item.stages)
        for item in certificates.list_certificate_versions(made.id).data.items
    }
    assert stages == {1: {"PREVIOUS"}, 2: {"CURRENT"}, 3: {"PENDING", "LATEST"}}
    certificates.update_certificate(made.id, {"currentVersionNumber": 1})
    assert certificates.get_certificate_version(made.id, 1).data.stages == ["CURRENT"]
    wrong = {"certificateConfig": _config(Issued("old.example.com", root, days=-1), root)}
    assert refusal(certificates.update_certificate, made.id, wrong)[0] == 400
    both = {"certificateConfig": _config(later, root), "currentVersionNumber": 2}
    assert refusal(certificates.update_certificate, made.id, both)[0] == 400


def test_deletion_is_scheduled_and_can_be_cancelled(
    simulator, certificates, certificate, details, refusal
):
    made = certificate()
    certificates.schedule_certificate_deletion(made.id, {})
    assert certificates.get_certificate(made.id).data.lifecycle_state == "PENDING_DELETION"
    assert refusal(certificates.create_certificate, details()) == (409, "CertificateAlreadyExists")
    certificates.cancel_certificate_deletion(made.id)
    assert certificates.get_certificate(made.id).data.lifecycle_state == "ACTIVE"
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)).isoformat()
    certificates.schedule_certificate_deletion(made.id, {"timeOfDeletion": soon})
    simulator.advance(2 * 86_400 + 1)
    assert certificates.get_certificate(made.id).data.lifecycle_state == "DELETED"


def _balancer(estate, port, *certificate_ids):
    subnet = estate.in_vcn("subnet", estate.vcn(), cidrBlock="10.0.1.0/24")
    checker = {"protocol": "TCP"}
    secured = (
        {"sslConfiguration": {"certificateIds": list(certificate_ids)}} if certificate_ids else {}
    )
    return {
        "compartmentId": estate.compartment,
        "displayName": "lb",
        "shapeName": "flexible",
        "shapeDetails": {"minimumBandwidthInMbps": 10, "maximumBandwidthInMbps": 10},
        "subnetIds": [subnet.id],
        "backendSets": {"api": {"policy": "ROUND_ROBIN", "healthChecker": checker}},
        "listeners": {
            "https": {"defaultBackendSetName": "api", "port": port, "protocol": "HTTP", **secured}
        },
    }


def test_a_listener_takes_a_certificate_that_is_there_and_holds_it(
    estate, clients, certificates, certificate, refusal, free_port
):
    balancers, made = clients.make(oci.load_balancer.LoadBalancerClient), certificate()
    nowhere = "ocid1.certificate.oc1.iad.none"
    assert refusal(balancers.create_load_balancer, _balancer(estate, free_port, nowhere))[0] == 404
    assert (
        refusal(balancers.create_load_balancer, _balancer(estate, free_port, made.id, made.id))[0]
        == 400
    )
    work = balancers.create_load_balancer(_balancer(estate, free_port, made.id)).headers[
        "opc-work-request-id"
    ]
    balancer = balancers.get_work_request(work).data.load_balancer_id
    found = certificates.list_associations(certificates_resource_id=made.id).data.items
    assert [item.associated_resource_id for item in found] == [balancer]
    assert certificates.get_association(found[0].id).data.certificates_resource_id == made.id
    assert refusal(certificates.schedule_certificate_deletion, made.id, {}) == (409, "Conflict")
    balancers.delete_load_balancer(balancer)
    certificates.schedule_certificate_deletion(made.id, {})


@pytest.fixture
def free_port():
    return ports.free_port()


def test_a_ca_bundle_is_kept(estate, certificates, root, refusal):
    details = {"name": "db", "compartmentId": estate.compartment, "caBundlePem": root.pem}
    made = certificates.create_ca_bundle(details).data
    assert certificates.get_ca_bundle(made.id).data.lifecycle_state == "ACTIVE"
    assert (
        refusal(certificates.create_ca_bundle, {**details, "name": "x", "caBundlePem": "nonsense"})[
            0
        ]
        == 400
    )
    assert certificates.delete_ca_bundle(made.id).status == 204

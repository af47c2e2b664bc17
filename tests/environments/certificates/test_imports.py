"""Importing a certificate: from the form to OCI, HTTPS by the next plan, a new version
without one; the key nowhere else.
"""

import http.client
import logging
import socket
import ssl
import time

import pytest

from environments.certificates.checks import PastedCertificate
from environments.certificates.imports import import_certificate
from environments.certificates.status import https_status
from environments.models import ManagedResource
from environments.reconcile.planning import spec_of
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused
from tests.environments.site import Site, free_port
from tests.issued import Issued
from tests.patience import patient
from tests.portal.accounts.people import make_cast, sign_in

DOMAIN, HOST, PAGE = "dev.example.com", "api.dev.example.com", "/environments/dev/certificate/"
ROOT = Issued("Root", authority=True, days=900)
VERB = "certificate.imported"


def bundle(**more):
    leaf = Issued(HOST, ROOT, **more)
    return PastedCertificate(leaf.pem, ROOT.pem, leaf.key_pem)


@pytest.fixture
def site(simulator):
    """A compartment in the simulator, with what stands in it."""
    sdk_clients.reset()
    ports = {"listener_port": free_port(), "https_listener_port": free_port()}
    site = Site("compartment", settings={"domain": DOMAIN, **ports})
    site.settings = {"domain": DOMAIN, **ports}
    site.apply()
    return site


@pytest.fixture
def dev(dev, site):
    """dev with a domain and its compartment."""
    dev.settings = {**dev.settings, **site.settings}
    dev.owner, dev.cost_center = "team", "cc-1"
    dev.save()
    kept(dev, "compartment", site.results["compartment"]["ocid"])
    dev.set_compartment(site.results["compartment"]["ocid"])
    return dev


def kept(environment, key, ocid, **facts):
    return ManagedResource.objects.create(
        environment=environment, key=key, kind="x", ocid=ocid, facts=facts, seen_at=now()
    )


def trail():
    return [event.outcome for event in Event.objects.filter(verb=VERB).order_by("id")]


def shaken(port):
    """Return the serial number that the listener shows."""
    context = ssl.create_default_context(cadata=ROOT.pem)
    plain = socket.create_connection(("127.0.0.1", port), timeout=patient(5))
    with plain, context.wrap_socket(plain, server_hostname=HOST) as spoken:
        return int(spoken.getpeercert()["serialNumber"], 16)


def redirected(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patient(5))
    connection.request("GET", "/health?x=1", headers={"Host": HOST})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers["Location"]


def test_the_next_plan_brings_https_and_a_new_version_needs_none(dev, site, simulator):
    assert "HTTPS waits for a certificate" in https_status(dev, []).words
    row = import_certificate(dev, bundle(), make_cast().admin)
    assert (row.key, row.facts["version"], row.facts["names"]) == ("certificate.api", 1, [HOST])
    order = spec_of(dev)
    assert order.speaks_https
    whole = Site(
        "listener.api", "dns_record.api", settings=site.settings, certificate=order.certificate
    )
    whole.remembered = {**site.remembered, "certificate.api": row.ocid}
    whole.results = {**site.results, "certificate.api": {"ocid": row.ocid, "facts": row.facts}}
    assert "certificate.api" not in whole.plan()
    assert whole.apply() == {}
    secure, plain = site.settings["https_listener_port"], site.settings["listener_port"]
    first = shaken(secure)
    assert redirected(plain) == (301, f"https://{HOST}:{secure}/health?x=1")
    assert import_certificate(dev, bundle(), make_cast().admin).facts["version"] == 2
    assert shaken(secure) != first
    assert whole.plan() == {}
    assert whole.changes["certificate.api"].reason.startswith(
        "It matches the settings. It is valid until 20"
    )


def test_it_is_in_the_trail_with_what_may_be_told_and_the_key_is_nowhere(
    client, cast, dev, caplog, simulator
):
    caplog.set_level(logging.DEBUG)
    pasted = bundle()
    fields = {
        "certificate": pasted.certificate,
        "chain": pasted.chain,
        "private_key": pasted.private_key,
    }
    page = sign_in(client, cast.admin).post(PAGE, fields, follow=True)
    assert "Version 1 of conceptlens-dev-api is in OCI. Now plan dev" in page.text
    assert trail() == ["admitted", "done"]
    secret = pasted.private_key.splitlines()[1]
    rows = str(list(Event.objects.values())) + str(list(ManagedResource.objects.values()))
    assert secret not in page.text + caplog.text + rows + str(simulator.journal())


def test_a_lost_answer_is_no_loss(dev, simulator):
    for operation, version in (("create_certificate", 1), ("update_certificate", 2)):
        simulator.fault("lost", operation, count=1)
        assert import_certificate(dev, bundle(), make_cast().admin).facts["version"] == version
    assert trail() == ["admitted", "done"] * 2


def test_a_refusal_by_oci_is_told_and_recorded(dev, simulator):
    simulator.fault(
        "error", "create_certificate", count=1, status=400, code="LimitExceeded", message="full"
    )
    with pytest.raises(CloudError, match="full"):
        import_certificate(dev, bundle(), make_cast().admin)
    assert trail() == ["admitted", "failed"]
    assert not ManagedResource.objects.filter(key="certificate.api").exists()


def test_a_bad_one_never_leaves_and_its_key_is_not_sent_back(client, cast, dev, simulator):
    pasted = bundle(days=-1)
    fields = {
        "certificate": pasted.certificate,
        "chain": pasted.private_key,
        "private_key": pasted.private_key,
    }
    page = sign_in(client, cast.admin).post(PAGE, fields)
    assert (page.status_code, "there is a private key in it" in page.text) == (400, True)
    page = client.post(PAGE, {**fields, "chain": pasted.chain})
    assert (page.status_code, "expired on" in page.text) == (400, True)
    assert "BEGIN CERTIFICATE" in page.text
    assert "BEGIN PRIVATE KEY-----\n" not in page.text
    assert trail() == ["refused", "refused"]
    assert simulator.journal("create_certificate") == []


def test_only_an_admin_who_signed_in_a_moment_ago_may(client, cast, dev):
    for who in (cast.deployer, cast.readonly, cast.auditor):
        assert sign_in(client, who).get(PAGE).status_code == 403
    assert sign_in(client, cast.admin, seconds_ago=3600).get(PAGE).status_code == 302
    assert sign_in(client, cast.admin).get(PAGE).status_code == 200


def test_it_takes_a_domain_and_a_compartment(environments):
    stage = environments["stage"]
    with pytest.raises(Refused, match="stage has no domain"):
        import_certificate(stage, bundle(), make_cast().admin)
    stage.change_settings({**stage.settings, "domain": "stage.example.com"}, actor="user:ada")
    with pytest.raises(Refused, match="stage has no compartment yet"):
        import_certificate(stage, bundle(), make_cast().admin)


def test_only_an_admin_imports_whatever_the_page_asked(dev, cast):
    with pytest.raises(Forbidden):
        import_certificate(dev, bundle(), cast.deployer)


def test_a_certificate_that_is_gone_is_refused_by_the_plan_and_imported_again_on_its_page(
    dev, site, simulator
):
    row = import_certificate(dev, bundle(), make_cast().admin)
    site.client.change("certificates_management", "schedule_certificate_deletion", row.ocid, {})
    whole = Site("certificate.api", settings=site.settings, certificate=row.ocid)
    whole.remembered = {**site.remembered, "certificate.api": row.ocid}
    assert "is scheduled for deletion" in whole.plan()["certificate.api"].reason
    with pytest.raises(Refused, match="Cancel the deletion in OCI"):
        import_certificate(dev, bundle(), make_cast().admin)
    whole.remembered["certificate.api"] = "ocid1.certificate.oc1.iad.gone"
    simulator.advance(40 * 86_400)
    change = whole.plan()["certificate.api"]
    assert (change.action, "import it on the environment's certificate page" in change.reason) == (
        "refuse",
        True,
    )


@pytest.mark.parametrize(
    ("days", "names", "said", "tone"),
    [
        (90, [HOST], "valid until", "ok"),
        (12, ["*.dev.example.com"], "expires in 1", "warn"),
        (-1, [HOST], "expired on", "bad"),
        (90, ["api.example.com"], "is for api.example.com, not for api.dev.example.com", "bad"),
    ],
)
def test_its_end_is_told_on_the_pages(client, cast, environments, days, names, said, tone):
    dev = environments["dev"]
    dev.settings = {**dev.settings, "domain": DOMAIN}
    dev.save()
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86_400))
    kept(dev, "certificate.api", "ocid1.certificate.x", not_after=until, names=names, version=3)
    assert dev.api_url == ""
    kept(dev, "listener.https", "lb/https")
    found = https_status(dev, dev.resources.all())
    assert (said in found.words, found.tone) == (True, tone)
    assert found.words in sign_in(client, cast.readonly).get(
        "/environments/dev/"
    ).content.decode().replace("&#x27;", "'")
    assert dev.api_url == f"https://{HOST}"


def test_an_update_of_its_tags_is_put_back(dev, site):
    row = import_certificate(dev, bundle(), make_cast().admin)
    site.client.change(
        "certificates_management", "update_certificate", row.ocid, {"description": "by hand"}
    )
    whole = Site("certificate.api", settings=site.settings, certificate=row.ocid)
    whole.remembered, whole.results = {**site.remembered, "certificate.api": row.ocid}, site.results
    change = whole.plan()["certificate.api"]
    assert [difference.field for difference in change.differences] == ["description"]
    whole.converge(change)
    assert whole.plan() == {}


def test_a_refused_bundle_says_where(dev):
    with pytest.raises(Invalid, match="Private key: it does not belong"):
        import_certificate(
            dev,
            PastedCertificate(bundle().certificate, ROOT.pem, bundle().private_key),
            make_cast().admin,
        )

"""A load balancer ends TLS with an imported certificate, takes a new version of it, and
redirects by rule sets.
"""

import http.client
import socket
import ssl

import oci
import pytest

from sandbox.oci.living.redirects import Redirect, chosen, location
from tests.issued import Issued
from tests.patience import patient, until
from tests.ports import free_port

SUITE = "oci-tls-12-13-ssl-cipher-suite-v3"
HOST = "api.dev.example.com"
EVERYWHERE = {
    "attributeName": "PATH",
    "attributeValue": "/",
    "operator": "FORCE_LONGEST_PREFIX_MATCH",
}


@pytest.fixture(scope="module")
def root():
    return Issued("Example Root", authority=True, days=900)


class Secured:
    """A load balancer with a certificate for it."""

    def __init__(self, site, root):
        self.site, self.root = site, root
        self.certificates = site.client(oci.certificates_management.CertificatesManagementClient)
        self.port, self.plain = free_port(), free_port()
        self.balancer = site.balancer(self.plain)
        details = {
            "name": "api",
            "compartmentId": site.compartment,
            "certificateConfig": self.config(),
        }
        self.certificate = self.certificates.create_certificate(details).data.id

    def config(self):
        leaf = Issued(HOST, self.root)
        return {
            "configType": "IMPORTED",
            "certificatePem": leaf.pem,
            "certChainPem": self.root.pem,
            "privateKeyPem": leaf.key_pem,
        }

    def listener(self, **more):
        tls = {
            "certificateIds": [self.certificate],
            "protocols": ["TLSv1.2", "TLSv1.3"],
            "cipherSuiteName": SUITE,
        }
        tls |= more.pop("tls", {})
        made = {
            "defaultBackendSetName": "api",
            "port": self.port,
            "protocol": "HTTP",
            "sslConfiguration": tls,
        }
        return {**made, "name": "https", **more}

    def order(self, verb, *args):
        return self.site.changed(getattr(self.site.balancing, verb)(*args))

    def shaken(self, version=None):
        """Shake hands as a browser does; return the version spoken and the certificate shown."""
        context = ssl.create_default_context(cadata=self.root.pem)
        if version:
            context.minimum_version = context.maximum_version = version
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=patient(5))
        with plain, context.wrap_socket(plain, server_hostname=HOST) as spoken:
            spoken.sendall(b"GET /health HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
            return spoken.version(), spoken.getpeercert()["serialNumber"], spoken.recv(20)


@pytest.fixture
def secured(site, root):
    return Secured(site, root)


def test_it_ends_tls_and_a_new_version_of_the_certificate_needs_no_other_listener(secured):
    secured.order("create_listener", secured.listener(), secured.balancer)
    spoken, first, answer = secured.shaken()
    assert (spoken, answer) == ("TLSv1.3", b"HTTP/1.1 502 Bad Gat")
    assert secured.shaken(ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
    secured.certificates.update_certificate(
        secured.certificate, {"certificateConfig": secured.config()}
    )
    until(lambda: secured.shaken()[1] != first)
    shown = secured.certificates.get_certificate_version(secured.certificate, 2)
    assert "PRIVATE KEY" not in str(shown.data) + str(
        secured.certificates.get_certificate(secured.certificate).data
    )


def test_plain_http_is_redirected_by_a_rule_set(secured):
    to = {"protocol": "HTTPS", "host": "{host}", "port": 443, "path": "{path}", "query": "{query}"}
    rule = {
        "action": "REDIRECT",
        "conditions": [EVERYWHERE],
        "redirectUri": to,
        "responseCode": 301,
    }
    secured.order("create_rule_set", secured.balancer, {"name": "https_redirect", "items": [rule]})
    plain = {
        "defaultBackendSetName": "api",
        "port": secured.plain,
        "protocol": "HTTP",
        "ruleSetNames": ["https_redirect"],
    }
    secured.order("update_listener", plain, secured.balancer, "api")
    connection = http.client.HTTPConnection("127.0.0.1", secured.plain, timeout=patient(5))
    connection.request("GET", "/api/v1/courses?page=2", headers={"Host": HOST})
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (
        301,
        f"https://{HOST}/api/v1/courses?page=2",
    )
    with pytest.raises(oci.exceptions.ServiceError, match="used by the listener api"):
        secured.site.balancing.delete_rule_set(secured.balancer, "https_redirect")
    with pytest.raises(oci.exceptions.ServiceError, match="only HTTP listeners without TLS"):
        secured.site.balancing.create_listener(
            secured.listener(ruleSetNames=["https_redirect"]), secured.balancer
        )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tls": {"cipherSuiteName": "oci-made-up-v9"}}, "does not exist"),
        (
            {"tls": {"cipherSuiteName": "oci-default-ssl-cipher-suite-v1"}},
            "does not support the protocols TLSv1.2, TLSv1.3",
        ),
        ({"tls": {"certificateIds": []}}, "needs a certificate"),
        ({"tls": {"certificateIds": ["ocid1.certificate.oc1.iad.none"]}}, "not found"),
        ({"ruleSetNames": ["none"]}, "rule set none does not exist"),
    ],
)
def test_tls_that_cannot_work_is_refused(secured, wrong, said):
    with pytest.raises(oci.exceptions.ServiceError, match=said):
        secured.site.balancing.create_listener(secured.listener(**wrong), secured.balancer)


@pytest.mark.parametrize(
    ("rule", "target", "to"),
    [
        (
            Redirect("PREFIX_MATCH", "/", 301, protocol="HTTPS", port=443),
            "/a?b=c",
            "https://h.example/a?b=c",
        ),
        (
            Redirect("PREFIX_MATCH", "/", 301, protocol="HTTPS", port=8443, query=""),
            "/a?b=c",
            "https://h.example:8443/a",
        ),
        (
            Redirect("PREFIX_MATCH", "/", 302, host="new.example", to_path="/x{path}"),
            "/a",
            "http://new.example:8080/x/a",
        ),
        (
            Redirect("EXACT_MATCH", "/old", 308, to_path="/new", query="?from=old&{query}"),
            "/old",
            "http://h.example:8080/new?from=old",
        ),
    ],
)
def test_a_redirect_fills_in_what_it_does_not_name(rule, target, to):
    assert chosen((rule,), target) == rule
    assert location(rule, target, "h.example:8080", 8080) == to


def test_the_longest_path_wins_and_others_are_left_alone():
    rules = (
        Redirect("PREFIX_MATCH", "/", 301),
        Redirect("PREFIX_MATCH", "/docs", 302),
        Redirect("SUFFIX_MATCH", ".php", 303),
    )
    assert [chosen(rules, target).status for target in ("/x", "/docs/a", "/docs")] == [
        301,
        302,
        302,
    ]
    assert chosen(rules[1:], "/x") is None

"""The one factory of SDK clients: endpoint, signer, time-outs, no retries, a breaker of its own for each service."""

import importlib
import os
import threading
from dataclasses import dataclass
from typing import Any

from circuitbreaker import CircuitBreakerMonitor
from oci import exceptions as sdk
from oci._vendor.requests.adapters import HTTPAdapter
from oci.base_client import OCIHTTPAdapter
from oci.circuit_breaker import CircuitBreakerStrategy
from oci.retry import NoneRetryStrategy

from portal.cloud import pace
from portal.cloud.access import Access, client_config, signer

TIMEOUT = (5, 20)  # seconds to connect, seconds between two bytes of the answer
CONNECTIONS = 32  # kept open per client; a job runs up to 16 steps at once
BREAKER_FAILURES = 10
BREAKER_SECONDS = 10
BREAKER_STATUSES: dict[int, list[str]] = {500: [], 502: [], 503: [], 504: []}  # 409 and 429 speak of one resource or one caller


@dataclass(frozen=True, slots=True)
class Service:
    """Where the SDK keeps the client of one OCI service; `home` services take writes in the home region only."""

    module: str
    client: str
    home: bool = False
    own_endpoint: bool = False


# The SDK would send a request again by itself when it cannot parse the headers of an answer; one attempt means one.
os.environ.setdefault("OCI_HEADER_PARSING_ERROR_MAX_RETRIES", "0")

SERVICES = {
    "identity": Service("identity", "IdentityClient", home=True),
    "virtual_network": Service("core", "VirtualNetworkClient"),
    "object_storage": Service("object_storage", "ObjectStorageClient"),
    "vaults": Service("vault", "VaultsClient"),
    "kms_vault": Service("key_management", "KmsVaultClient"),
    "kms_management": Service("key_management", "KmsManagementClient", own_endpoint=True),
    "kms_crypto": Service("key_management", "KmsCryptoClient", own_endpoint=True),
    "secrets": Service("secrets", "SecretsClient"),
    "artifacts": Service("artifacts", "ArtifactsClient"),
    "container_instances": Service("container_instances", "ContainerInstanceClient"),
    "load_balancer": Service("load_balancer", "LoadBalancerClient"),
    "monitoring": Service("monitoring", "MonitoringClient"),
    "ons_control": Service("ons", "NotificationControlPlaneClient"),
    "ons_data": Service("ons", "NotificationDataPlaneClient"),
    "audit": Service("audit", "AuditClient"),
    "queue_admin": Service("queue", "QueueAdminClient"),
    "queue": Service("queue", "QueueClient"),
    "psql": Service("psql", "PostgresqlClient"),
    "dns": Service("dns", "DnsClient"),
    "certificates_management": Service("certificates_management", "CertificatesManagementClient"),
    "logging": Service("logging", "LoggingManagementClient"),
    "budget": Service("budget", "BudgetClient", home=True),
    "limits": Service("limits", "LimitsClient"),
    "work_requests": Service("work_requests", "WorkRequestClient"),
}

_clients: dict[tuple[str, str, str, Access], Any] = {}
_classes: dict[str, Any] = {}
_lock = threading.Lock()


def client_class(service: str) -> Any:
    """Import one service of the SDK, at its first use: importing all of them costs 15 s and 500 MB."""
    if service not in _classes:
        place = SERVICES[service]
        _classes[service] = getattr(importlib.import_module(f"oci.{place.module}"), place.client)
    return _classes[service]


def client(service: str, who: Access, *, region: str = "", endpoint: str = "") -> Any:
    """Return the process-wide client; safe to share between threads (one connection pool, no state between calls)."""
    key = (service, region, endpoint, who)
    found = _clients.get(key)
    if found is None:
        made = _make(service, who, region=region, endpoint=endpoint)
        with _lock:
            found = _clients.setdefault(key, made)
    return found


def warm(*services: str) -> None:
    """Import services ahead of their first use (all that the portal knows when none is named): up to 0.7 s each, 2 s in all."""
    for service in services or SERVICES:
        client_class(service)


def forget() -> None:
    """Drop every client and breaker, as a new process would start."""
    with _lock:
        for one in _clients.values():
            one.base_client.session.close()
            CircuitBreakerMonitor.circuit_breakers.pop(one.base_client.circuit_breaker_strategy.name, None)
        _clients.clear()
    pace.forget()


def _make(service: str, who: Access, *, region: str, endpoint: str) -> Any:
    address = endpoint or who.endpoint
    if SERVICES[service].own_endpoint and not endpoint:
        raise ValueError(f"{service} has an endpoint per resource: use door().at(endpoint)")
    made = client_class(service)(
        client_config(who, region),
        **({"service_endpoint": address.rstrip("/")} if address else {}),
        signer=signer(who),
        timeout=TIMEOUT,
        retry_strategy=NoneRetryStrategy(),
        circuit_breaker_strategy=_breaker(f"{service}@{address or region}"),
        skip_deserialization=True,
    )
    made.base_client.session.mount("https://", OCIHTTPAdapter(pool_maxsize=CONNECTIONS))
    made.base_client.session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return made


def _breaker(name: str) -> CircuitBreakerStrategy:
    """Name the breaker: the SDK's default one has one name, so one failing service would stop all of them."""
    strategy = CircuitBreakerStrategy(
        name=name,
        failure_threshold=BREAKER_FAILURES,
        recovery_timeout=BREAKER_SECONDS,
        failure_statuses_and_codes=BREAKER_STATUSES,
    )
    # The SDK counts answers only; a service that does not answer at all needs the rest even more.
    strategy.expected_exception = (sdk.TransientServiceError, sdk.ConnectTimeout, sdk.RequestException)
    return strategy

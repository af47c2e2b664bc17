"""The factory of the SDK's clients: endpoint, signer, time-outs, no retries, own breakers."""

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

from portal.cloud import rate_limit
from portal.cloud.access import CloudIdentity, client_config, signer

TIMEOUT = (5, 20)  # seconds to connect, seconds between two bytes of the answer
CONNECTIONS = 32  # kept open per client; a job runs up to 16 steps at once
BREAKER_FAILURES = 10
BREAKER_SECONDS = 10
# not 409 and 429, which are about one resource or one caller
BREAKER_STATUSES: dict[int, list[str]] = {500: [], 502: [], 503: [], 504: []}


@dataclass(frozen=True, slots=True)
class Service:
    """Where the SDK has the client of one OCI service.

    A `home` service takes writes in the home region only; with `own_endpoint` each resource has its
    own address.
    """

    module: str
    client: str
    home: bool = False
    own_endpoint: bool = False


# The SDK would repeat a request by itself when it cannot parse the headers of an answer.
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

_clients: dict[tuple[str, str, str, CloudIdentity], Any] = {}
_classes: dict[str, Any] = {}
_lock = threading.Lock()


def client_class(service: str) -> Any:
    """Import one service of the SDK at its first use; all of them cost 15 s and 500 MB."""
    if service not in _classes:
        where = SERVICES[service]
        _classes[service] = getattr(importlib.import_module(f"oci.{where.module}"), where.client)
    return _classes[service]


def sdk_client(
    service: str, identity: CloudIdentity, *, region: str = "", endpoint: str = ""
) -> Any:
    """Return the process-wide client of the SDK, which threads may share."""
    key = (service, region, endpoint, identity)
    found = _clients.get(key)
    if found is None:
        made = _make(service, identity, region=region, endpoint=endpoint)
        with _lock:
            found = _clients.setdefault(key, made)
    return found


def warm(*services: str) -> None:
    """Import services ahead of their first use, all when none is named: about 2 s in all."""
    for service in services or SERVICES:
        client_class(service)


def reset() -> None:
    """Drop every client, breaker and rate limiter, as a new process would start."""
    with _lock:
        for base in (one.base_client for one in _clients.values()):
            base.session.close()
            breaker = base.circuit_breaker_strategy.name
            CircuitBreakerMonitor.circuit_breakers.pop(breaker, None)
        _clients.clear()
    rate_limit.reset()


def _make(service: str, identity: CloudIdentity, *, region: str, endpoint: str) -> Any:
    address = endpoint or identity.endpoint
    if SERVICES[service].own_endpoint and not endpoint:
        raise ValueError(f"{service} has an endpoint per resource: use client().at(endpoint)")
    made = client_class(service)(
        client_config(identity, region),
        **({"service_endpoint": address.rstrip("/")} if address else {}),
        signer=signer(identity),
        timeout=TIMEOUT,
        retry_strategy=NoneRetryStrategy(),
        circuit_breaker_strategy=_breaker(f"{service}@{address or region}"),
        skip_deserialization=True,
    )
    made.base_client.session.mount("https://", OCIHTTPAdapter(pool_maxsize=CONNECTIONS))
    made.base_client.session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return made


def _breaker(name: str) -> CircuitBreakerStrategy:
    """Return a breaker of its own: the SDK's default is shared, so one service would stop all."""
    strategy = CircuitBreakerStrategy(
        name=name,
        failure_threshold=BREAKER_FAILURES,
        recovery_timeout=BREAKER_SECONDS,
        failure_statuses_and_codes=BREAKER_STATUSES,
    )
    # The SDK counts answers only; a service that does not answer at all needs the pause even more.
    strategy.expected_exception = (
        sdk.TransientServiceError,
        sdk.ConnectTimeout,
        sdk.RequestException,
    )
    return strategy

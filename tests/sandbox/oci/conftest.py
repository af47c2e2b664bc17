"""The real SDK pointed at the simulator, and a small estate to work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import oci
import pytest
from oci.circuit_breaker import NoCircuitBreakerStrategy
from oci.retry import NoneRetryStrategy

from tests.patience import patient
from tests.simulator import Simulator


class Clients:
    """One client per service, without the SDK's own retries and breaker, so that tests see
    each answer.
    """

    def __init__(self, simulator: Simulator, **more: Any) -> None:
        self.simulator = simulator
        self.more = more

    def make(self, kind: Callable[..., Any], endpoint: str = "", **more: Any) -> Any:
        """Return a client of a class at the simulator or at a resource's own endpoint."""
        options: dict[str, Any] = {
            "retry_strategy": NoneRetryStrategy(),
            "circuit_breaker_strategy": NoCircuitBreakerStrategy(),
        }
        options |= {
            "timeout": (patient(2), patient(5)),
            "signer": _signer(self.simulator),
            **self.more,
            **more,
        }
        return kind(
            self.simulator.config, service_endpoint=endpoint or self.simulator.endpoint, **options
        )

    @cached_property
    def identity(self) -> Any:
        return self.make(oci.identity.IdentityClient)

    @cached_property
    def network(self) -> Any:
        return self.make(oci.core.VirtualNetworkClient)

    @cached_property
    def storage(self) -> Any:
        return self.make(oci.object_storage.ObjectStorageClient)

    @cached_property
    def vaults(self) -> Any:
        return self.make(oci.key_management.KmsVaultClient)

    @cached_property
    def secrets(self) -> Any:
        return self.make(oci.vault.VaultsClient)

    @cached_property
    def bundles(self) -> Any:
        return self.make(oci.secrets.SecretsClient)

    @cached_property
    def registry(self) -> Any:
        return self.make(oci.artifacts.ArtifactsClient)

    @cached_property
    def audit(self) -> Any:
        return self.make(oci.audit.AuditClient)


_signers: dict[str, Any] = {}


def _signer(simulator: Simulator) -> Any:
    """Share the signer between tests: the names and keys outlive a reset, and loading a key
    takes 50 ms.
    """
    names = simulator.config
    if names["fingerprint"] not in _signers:
        signer = oci.Signer(
            names["tenancy"],
            names["user"],
            names["fingerprint"],
            None,
            private_key_content=names["key_content"],
        )
        _signers[names["fingerprint"]] = signer
    return _signers[names["fingerprint"]]


@dataclass
class Estate:
    """A compartment, and what tests put into it."""

    clients: Clients
    tenancy: str
    compartment: str

    def vcn(self, cidr: str = "10.0.0.0/16", **more: Any) -> Any:
        return self.clients.network.create_vcn(
            {"compartmentId": self.compartment, "cidrBlocks": [cidr], **more}
        ).data

    def in_vcn(self, kind: str, vcn: Any, **more: Any) -> Any:
        create = getattr(self.clients.network, f"create_{kind}")
        return create({"compartmentId": self.compartment, "vcnId": vcn.id, **more}).data

    def bucket(self, name: str = "uploads", **more: Any) -> Any:
        namespace = self.clients.storage.get_namespace().data
        return self.clients.storage.create_bucket(
            namespace, {"name": name, "compartmentId": self.compartment, **more}
        ).data

    def vault(self) -> Any:
        details = {"compartmentId": self.compartment, "displayName": "main", "vaultType": "DEFAULT"}
        return self.clients.vaults.get_vault(self.clients.vaults.create_vault(details).data.id).data

    def keys(self, vault: Any) -> Any:
        return self.clients.make(oci.key_management.KmsManagementClient, vault.management_endpoint)

    def key(self, vault: Any) -> Any:
        details = {
            "compartmentId": self.compartment,
            "displayName": "main",
            "keyShape": {"algorithm": "AES", "length": 32},
        }
        return self.keys(vault).create_key(details).data


@pytest.fixture
def clients(simulator: Simulator) -> Clients:
    return Clients(simulator)


@pytest.fixture
def estate(simulator: Simulator, clients: Clients) -> Estate:
    tenancy = simulator.tenancy["tenancy"]
    details = {"compartmentId": tenancy, "name": "conceptlens-dev", "description": "dev"}
    return Estate(clients, tenancy, clients.identity.create_compartment(details).data.id)


@pytest.fixture
def refusal() -> Callable[..., Any]:
    """Return a function that calls and gives back the refusal's status and code."""

    def call(function: Callable[..., Any], *args: Any, **more: Any) -> tuple[int, str]:
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            function(*args, **more)
        return caught.value.status, caught.value.code

    return call

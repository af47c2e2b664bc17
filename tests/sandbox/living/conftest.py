"""A small environment in the simulator: network, repository, load balancer, made through the
real SDK.
"""

from __future__ import annotations

import http.client
import socket
from typing import Any

import oci
import pytest

from tests.databases import file_url
from tests.patience import patient, until

NONE = oci.retry.NoneRetryStrategy()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Clients:
    """The SDK's clients, made once: a reset of the simulator keeps names and keys."""

    def __init__(self, simulator: Any) -> None:
        config = simulator.config
        parts = (config["tenancy"], config["user"], config["fingerprint"], None)
        self._signer = oci.Signer(*parts, private_key_content=config["key_content"])
        self._config, self._endpoint = config, simulator.endpoint
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, kind: Any, endpoint: str = "") -> Any:
        key = (kind.__name__, endpoint or self._endpoint)
        if key not in self._made:
            self._made[key] = kind(
                self._config, service_endpoint=key[1], signer=self._signer, retry_strategy=NONE
            )
        return self._made[key]


class Site:
    """One tenancy, with shorthand for what every test needs."""

    def __init__(self, simulator: Any, clients: Clients) -> None:
        self.simulator, self.client = simulator, clients.get
        self.compute = self.client(oci.container_instances.ContainerInstanceClient)
        self.balancing = self.client(oci.load_balancer.LoadBalancerClient)
        self.network = self.client(oci.core.VirtualNetworkClient)
        self.identity = self.client(oci.identity.IdentityClient)
        self.monitoring = self.client(oci.monitoring.MonitoringClient)
        self.topics = self.client(oci.ons.NotificationControlPlaneClient)
        self.messages = self.client(oci.ons.NotificationDataPlaneClient)
        self.database = file_url()
        self.compartment = self._compartment()
        self.vcn, self.subnet = self._network()
        # A push makes a repository in the root compartment when there is none.
        self.containers_may(
            "read repos in tenancy", f"read secret-bundles in compartment id {self.compartment}"
        )
        self.domain = (
            self.identity.list_availability_domains(simulator.tenancy["tenancy"]).data[0].name
        )

    def containers_may(self, *what: str) -> None:
        """Let the containers of the compartment do what those of an environment may."""
        models, root = oci.identity.models, self.simulator.tenancy["tenancy"]
        rule = (
            "ALL {resource.type = 'computecontainerinstance',"
            f" resource.compartment.id = '{self.compartment}'}}"
        )
        self.identity.create_dynamic_group(
            models.CreateDynamicGroupDetails(
                compartment_id=root, name="containers", description="all", matching_rule=rule
            )
        )
        self.identity.create_policy(
            models.CreatePolicyDetails(
                compartment_id=root,
                name="containers",
                description="what containers may do",
                statements=[f"Allow dynamic-group containers to {may}" for may in what],
            )
        )

    def _compartment(self) -> str:
        details = oci.identity.models.CreateCompartmentDetails(
            compartment_id=self.simulator.tenancy["tenancy"],
            name="conceptlens-dev",
            description="development",
        )
        return str(self.identity.create_compartment(details).data.id)

    def _network(self) -> tuple[Any, str]:
        """Make a public subnet whose security list lets everything in."""
        models = oci.core.models
        vcn = self.network.create_vcn(
            models.CreateVcnDetails(compartment_id=self.compartment, cidr_blocks=["10.20.0.0/16"])
        ).data
        details = models.CreateSubnetDetails(
            compartment_id=self.compartment, vcn_id=vcn.id, cidr_block="10.20.2.0/24"
        )
        subnet = self.network.create_subnet(details).data
        gateway = self.network.create_internet_gateway(
            models.CreateInternetGatewayDetails(
                compartment_id=self.compartment, vcn_id=vcn.id, is_enabled=True
            )
        ).data
        route = models.RouteRule(destination="0.0.0.0/0", network_entity_id=gateway.id)
        self.network.update_route_table(
            vcn.default_route_table_id, models.UpdateRouteTableDetails(route_rules=[route])
        )
        anybody = models.IngressSecurityRule(protocol="all", source="0.0.0.0/0")
        self.let_in(vcn, [anybody])
        return vcn, str(subnet.id)

    def let_in(self, vcn: Any, rules: list[Any], outward: list[Any] | None = None) -> None:
        """Replace the rules of the security list that a VCN has by itself."""
        models = oci.core.models
        anywhere = models.EgressSecurityRule(protocol="all", destination="0.0.0.0/0")
        self.network.update_security_list(
            vcn.default_security_list_id,
            models.UpdateSecurityListDetails(
                ingress_security_rules=rules,
                egress_security_rules=[anywhere] if outward is None else outward,
            ),
        )

    def image(self, tag: str = "1.4.0", role: str = "api", behaviour: str = "healthy") -> str:
        return str(self.simulator.push(f"conceptlens-dev/{role}", tag, behaviour)["image"])

    def instance(
        self, image: str, *, policy: str = "ALWAYS", grace: int = 10, **container: Any
    ) -> Any:
        models = oci.container_instances.models
        vnics = container.pop("vnics", None) or [
            models.CreateContainerVnicDetails(subnet_id=self.subnet)
        ]
        container.setdefault("environment_variables", {"DATABASE_URL": self.database})
        details = models.CreateContainerInstanceDetails(
            compartment_id=self.compartment,
            availability_domain=self.domain,
            shape="CI.Standard.E4.Flex",
            shape_config=models.CreateContainerInstanceShapeConfigDetails(ocpus=1, memory_in_gbs=4),
            containers=[
                models.CreateContainerDetails(image_url=image, display_name="api", **container)
            ],
            vnics=vnics,
            container_restart_policy=policy,
            graceful_shutdown_timeout_in_seconds=grace,
        )
        return self.compute.create_container_instance(details).data

    def settled(self, instance: str, *states: str) -> Any:
        """Wait until an instance is in one of these states."""
        read = self.compute.get_container_instance
        return until(
            lambda: (
                found
                if (found := read(instance).data).lifecycle_state in (states or ("ACTIVE",))
                else None
            )
        )

    def container(self, instance: Any) -> Any:
        return self.compute.get_container(instance.containers[0].container_id).data

    def address(self, instance: Any) -> str:
        return str(self.network.get_vnic(instance.vnics[0].vnic_id).data.private_ip)

    def running(self, image: str, **more: Any) -> Any:
        return self.settled(self.instance(image, **more).id)

    def balancer(self, port: int) -> str:
        """Make a load balancer with the backend set `api` behind one listener."""
        models = oci.load_balancer.models
        checker = models.HealthCheckerDetails(
            protocol="HTTP", url_path="/health", interval_in_millis=1000
        )
        details = models.CreateLoadBalancerDetails(
            compartment_id=self.compartment,
            display_name="conceptlens-dev-lb",
            shape_name="flexible",
            shape_details=models.ShapeDetails(
                minimum_bandwidth_in_mbps=10, maximum_bandwidth_in_mbps=100
            ),
            subnet_ids=[self.subnet],
            backend_sets={
                "api": models.BackendSetDetails(policy="ROUND_ROBIN", health_checker=checker)
            },
            listeners={
                "api": models.ListenerDetails(
                    default_backend_set_name="api", port=port, protocol="HTTP"
                )
            },
        )
        request = self.changed(self.balancing.create_load_balancer(details))
        return str(request.load_balancer_id)

    def changed(self, answer: Any, state: str = "SUCCEEDED") -> Any:
        """Wait for the end of a load balancer's work request."""
        read = self.balancing.get_work_request
        key = answer.headers["opc-work-request-id"]
        found = until(
            lambda: r if (r := read(key).data).lifecycle_state in ("SUCCEEDED", "FAILED") else None
        )
        assert found.lifecycle_state == state, found
        return found

    def add_backend(self, balancer: str, ip: str, port: int = 8000) -> str:
        details = oci.load_balancer.models.CreateBackendDetails(ip_address=ip, port=port)
        self.changed(self.balancing.create_backend(details, balancer, "api"))
        until(lambda: self.health(balancer, f"{ip}:{port}") == "OK")
        return f"{ip}:{port}"

    def health(self, balancer: str, backend: str) -> str:
        return str(self.balancing.get_backend_health(balancer, "api", backend).data.status)

    def drain(self, balancer: str, backend: str, *, drain: bool = True) -> None:
        details = oci.load_balancer.models.UpdateBackendDetails(
            weight=1, drain=drain, backup=False, offline=False
        )
        self.changed(self.balancing.update_backend(details, balancer, "api", backend))


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask once on a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patient(10))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="session")
def clients(simulator_process: Any) -> Clients:
    return Clients(simulator_process)


@pytest.fixture
def site(simulator: Any, clients: Clients) -> Site:
    return Site(simulator, clients)

"""An environment built by hand with the real SDK, as a person would do it before there was a
portal: other names, other sizes.
"""

from typing import Any

import oci
from oci.retry import NoneRetryStrategy

VCN, FRONT, BACK = "10.77.0.0/16", "10.77.8.0/24", "10.77.9.0/24"


class ByHand:
    """What a person made in the console or with the `oci` command line."""

    def __init__(self, simulator: Any, prefix: str = "conceptlens-dev") -> None:
        person = next(user for user in simulator.tenancy["users"] if user["name"] == "operator")
        config = {
            **simulator.config,
            "user": person["ocid"],
            "fingerprint": person["fingerprint"],
            "key_content": person["key"],
        }
        more = {"service_endpoint": simulator.endpoint, "retry_strategy": NoneRetryStrategy()}
        self.network = oci.core.VirtualNetworkClient(config, **more)
        self.identity = oci.identity.IdentityClient(config, **more)
        self.balancers = oci.load_balancer.LoadBalancerClient(config, **more)
        root = simulator.tenancy["tenancy"]
        described = {"compartmentId": root, "name": prefix, "description": "by hand"}
        self.compartment = self.identity.create_compartment(described).data.id

    def build(self, port: int) -> "ByHand":
        """Make network and load balancer."""
        self.vcn = self.make("vcn", displayName="product-net", cidrBlocks=[VCN])
        inside = {"vcnId": self.vcn}
        internet = self.make("internet_gateway", displayName="igw", isEnabled=True, **inside)
        nat = self.make("nat_gateway", displayName="nat", **inside)
        ways = {"front": internet, "back": nat}
        self.tables = {
            which: self.make(
                "route_table", displayName=f"rt-{which}", routeRules=[_to(gateway)], **inside
            )
            for which, gateway in ways.items()
        }
        cidrs = {"front": FRONT, "back": BACK}
        self.subnets = {
            which: self.make(
                "subnet",
                displayName=which,
                cidrBlock=cidrs[which],
                prohibitPublicIpOnVnic=which == "back",
                routeTableId=self.tables[which],
                **inside,
            )
            for which in cidrs
        }
        self.balancer = self._balancer(port)
        return self

    def make(self, kind: str, **fields: Any) -> str:
        """Create a part of the network; return its OCID."""
        made = getattr(self.network, f"create_{kind}")(
            {"compartmentId": self.compartment, **fields}
        )
        return str(made.data.id)

    def _balancer(self, port: int) -> str:
        check = {
            "protocol": "HTTP",
            "urlPath": "/ping",
            "port": 8000,
            "returnCode": 200,
            "retries": 3,
        }
        check |= {"timeoutInMillis": 3000, "intervalInMillis": 20_000}
        self.balancers.create_load_balancer(
            {
                "compartmentId": self.compartment,
                "displayName": "front-door",
                "shapeName": "flexible",
                "shapeDetails": {"minimumBandwidthInMbps": 20, "maximumBandwidthInMbps": 200},
                "isPrivate": False,
                "subnetIds": [self.subnets["front"]],
                "backendSets": {"api": {"policy": "ROUND_ROBIN", "healthChecker": check}},
                "listeners": {
                    "http": {"defaultBackendSetName": "api", "port": port, "protocol": "HTTP"}
                },
            }
        )
        return str(self.balancers.list_load_balancers(self.compartment).data[0].id)


def _to(gateway: str) -> dict[str, str]:
    return {"destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "networkEntityId": gateway}

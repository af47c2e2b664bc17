"""The load balancer and its parts."""

from environments import naming
from environments.blueprint.order import HOME, Order, named
from environments.desired import Desired


def wanted(order: Order) -> list[Desired]:
    """Return the load balancer with its parts."""
    of = order.complete()
    balancer = {
        "shapeName": "flexible",
        "shapeDetails": {"minimumBandwidthInMbps": of["lb_min_mbps"], "maximumBandwidthInMbps": of["lb_max_mbps"]},
        "isPrivate": False,
        "subnetIds": ["${subnet.public}"],
        "networkSecurityGroupIds": ["${nsg.lb}"],
    }
    check = {
        "protocol": "HTTP",
        "urlPath": of["health_path"],
        "port": of["backend_port"],
        "returnCode": 200,
        "retries": 3,
        "timeoutInMillis": 3000,
        "intervalInMillis": of["health_interval_ms"],
    }
    part = {"loadBalancerId": "${load_balancer}"}
    backends = {"policy": "ROUND_ROBIN", "healthChecker": check}
    listener = {"defaultBackendSetName": naming.BACKEND_SET, "port": of["listener_port"], "protocol": "HTTP"}
    # Made with its parts: each part ordered later is a work request of half a minute.
    at_birth = {"backendSets": {naming.BACKEND_SET: backends}, "listeners": {naming.LISTENER: listener}}
    return [
        named(order, "load_balancer", "load_balancer", "lb", {**HOME, **at_birth}, balancer),
        Desired("backend_set.api", "backend_set", naming.BACKEND_SET, part, backends),
        Desired("listener.api", "listener", naming.LISTENER, part, listener, needs=("backend_set.api",)),
    ]

"""The settings of an environment by section, each with its rule, its default and its meaning."""

from environments.setting import Setting, network, one_of, origins, path, promoted_from, web_address, whole, yes_or_no

SECTIONS: dict[str, dict[str, Setting]] = {
    "Network": {
        "vcn_cidr": Setting(network(16, 24), "10.20.0.0/16", "The whole network."),
        "public_subnet_cidr": Setting(network(16, 28), "10.20.0.0/24", "Where the load balancer stands."),
        "private_subnet_cidr": Setting(network(16, 28), "10.20.10.0/24", "Where containers and database stand."),
    },
    "Load balancer": {
        "listener_port": Setting(whole(1, 65535), 80, "Port on which the load balancer answers."),
        "backend_port": Setting(whole(1, 65535), 8000, "Port on which the API container answers."),
        "health_path": Setting(path, "/health", "Path that tells whether an API container is well."),
        "health_interval_ms": Setting(whole(1000, 1_800_000), 10_000, "Pause between two health checks."),
        "lb_min_mbps": Setting(whole(10, 8000), 10, "Bandwidth that the load balancer always has."),
        "lb_max_mbps": Setting(whole(10, 8000), 10, "Bandwidth that the load balancer may grow to.", prod=100),
    },
    "Application": {
        "api_instances": Setting(whole(1, 20), 1, "API container instances per release.", prod=2),
        "worker_instances": Setting(whole(0, 20), 1, "Worker container instances per release.", prod=2),
        "cors_allowed_origins": Setting(origins, [], "Web origins that may call the API; its own address when none is given."),
    },
    "Releases": {
        "approvals_needed": Setting(whole(0, 5), 0, "People beside the requester who must agree to a release.", stage=1, prod=2),
        "approvers": Setting(
            one_of("deployers", "admins"), "deployers", "Who may agree: deployers (and admins), or admins alone."
        ),
        "approval_hours": Setting(whole(1, 720), 72, "Hours after which a request that is not yet deployed expires."),
        "promote_from": Setting(
            promoted_from, "below", "Where the same content must have run well before: the environment below, or anywhere."
        ),
        "bake_minutes": Setting(whole(0, 10_080), 0, "Minutes that a release runs here before it may go up.", stage=30),
        "repository_url": Setting(web_address, "", "Where the source is: pages link to <address>/compare/<old>...<new>."),
    },
    "Data": {
        "exports_days": Setting(whole(1, 3650), 90, "Days after which exported files are deleted."),
        "versioned_uploads": Setting(yes_or_no, True, "Keep earlier versions of uploaded objects."),
    },
    "Alarms": {
        "alarm_5xx_per_minute": Setting(whole(0, 100_000), 5, "More 5xx answers than this in a minute are an incident."),
    },
}
SETTINGS: dict[str, Setting] = {name: rule for section in SECTIONS.values() for name, rule in section.items()}

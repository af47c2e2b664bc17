"""The settings of an environment by section, each with its rule, its default and its meaning."""

from environments.setting import (
    Setting,
    domain,
    network,
    ocid,
    one_of,
    origins,
    path,
    promoted_from,
    secret_reference,
    web_address,
    web_origin,
    whole,
    yes_or_no,
)

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
    "DNS and HTTPS": {
        "domain": Setting(
            domain, "", "DNS zone of this environment; its API answers at api.<domain>. Empty: plain HTTP, no name."
        ),
        "https_listener_port": Setting(whole(1, 65535), 443, "Port for HTTPS; it opens once a certificate was imported."),
        "dns_ttl_seconds": Setting(whole(30, 86_400), 300, "Seconds that resolvers may keep the address of the API."),
    },
    "Application": {
        "api_instances": Setting(whole(1, 20), 1, "API container instances per release.", prod=2),
        "worker_instances": Setting(whole(0, 20), 1, "Worker container instances per release.", prod=2),
        "api_ocpus": Setting(whole(1, 64), 1, "OCPUs of an API container instance."),
        "api_memory_gb": Setting(whole(1, 1024), 4, "Memory of an API container instance."),
        "worker_ocpus": Setting(whole(1, 64), 1, "OCPUs of a worker container instance."),
        "worker_memory_gb": Setting(whole(1, 1024), 4, "Memory of a worker container instance."),
        "check_interval_seconds": Setting(whole(1, 300), 5, "Pause between two health checks of an API container."),
        "check_timeout_seconds": Setting(whole(1, 60), 3, "Time that an API container has to answer its health check."),
        "check_failures": Setting(whole(1, 20), 3, "Failed health checks in a row after which the container is started anew."),
        "compute_async": Setting(yes_or_no, False, "Let workers compute; the API does it itself otherwise."),
        "compute_queue_backend": Setting(
            one_of("file", "database"), "file", "How runs reach the workers; `file` stays within one container and loses runs."
        ),
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
    "Scaling": {
        "api_instances_min": Setting(whole(1, 20), 1, "Fewest API instances that somebody may scale to.", prod=2),
        "api_instances_max": Setting(whole(1, 20), 4, "Most API instances that somebody may scale to.", prod=10),
        "worker_instances_min": Setting(whole(0, 20), 0, "Fewest workers that somebody may scale to."),
        "worker_instances_max": Setting(whole(0, 20), 4, "Most workers that somebody may scale to.", prod=10),
        "ocpus_max": Setting(whole(1, 64), 4, "Most OCPUs of one instance."),
        "memory_gb_max": Setting(whole(1, 1024), 32, "Most memory of one instance."),
        "keep_minutes": Setting(
            whole(0, 43_200),
            60,
            "Minutes that the release before stays beside the live one, for an instant rollback.",
            stage=240,
            prod=1440,
        ),
    },
    "Images": {
        "signed_images": Setting(yes_or_no, False, "Run only images that are signed with the key below."),
        "signing_key": Setting(ocid("key"), "", "OCID of the Vault key whose signatures count."),
        "signing_vault": Setting(ocid("vault"), "", "OCID of that key's vault; the environment's own when none is given."),
    },
    "Frontend": {
        "cdn_provider": Setting(
            one_of("object", "gateway", "balancer", "cloudflare", "fastly", "hook"),
            "object",
            "What stands in front of the bucket; `object` is nothing, the object's own address.",
        ),
        "frontend_url": Setting(web_origin, "", "Where people open the frontend; the object's own address when none is given."),
        "api_origin": Setting(
            web_origin, "", "API that the frontend is built for; the load balancer's address when none is given."
        ),
        "purge_url": Setting(web_address, "", "Where the CDN is told to forget index.html."),
        "purge_secret": Setting(ocid("vaultsecret"), "", "OCID of the Vault secret with the token for that."),
        "frontend_keep_days": Setting(whole(1, 365), 30, "Days that files of former bundles stay in the public bucket."),
    },
    "Smoke test": {
        "smoke_minutes": Setting(whole(0, 1440), 0, "Minutes between two runs of the smoke test by schedule; 0 is never."),
        "smoke_seconds": Setting(whole(5, 300), 120, "Longest time that one run of the smoke test may take."),
        "smoke_url": Setting(web_address, "", "Address of the application that is tested; its load balancer when none is given."),
        "smoke_username": Setting(
            secret_reference, "INSTRUCTOR_USERNAME", "Secret with the name it signs in by: one of its own, or an OCID."
        ),
        "smoke_password": Setting(
            secret_reference, "INSTRUCTOR_PASSWORD", "Secret with the password for that: one of its own, or an OCID."
        ),
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

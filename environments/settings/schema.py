"""The settings of an environment by section, each with its rule, its default and its meaning."""

from environments.settings.fields import (
    Setting,
    clock,
    database_user,
    domain,
    mail_addresses,
    network,
    ocid,
    one_of,
    origins,
    path,
    promoted_from,
    secret_reference,
    web_address,
    web_origin,
    weekly,
    whole,
    yes_or_no,
)

SECTIONS: dict[str, dict[str, Setting]] = {
    "Tenancy": {
        "parent_compartment": Setting(
            ocid("compartment"),
            "",
            "OCID of the compartment in which its own is made, fixed once that exists; the root "
            "compartment when none is given.",
        ),
    },
    "Network": {
        "vcn_cidr": Setting(network(16, 24), "10.20.0.0/16", "The whole network."),
        "public_subnet_cidr": Setting(
            network(16, 28), "10.20.0.0/24", "Subnet of the load balancer."
        ),
        "private_subnet_cidr": Setting(
            network(16, 28), "10.20.10.0/24", "Subnet of containers and database."
        ),
    },
    "Load balancer": {
        "listener_port": Setting(whole(1, 65535), 80, "Port on which the load balancer answers."),
        "backend_port": Setting(whole(1, 65535), 8000, "Port on which the API container answers."),
        "health_path": Setting(path, "/health", "Path of the health check of an API container."),
        "health_interval_ms": Setting(
            whole(1000, 1_800_000), 10_000, "Pause between two health checks."
        ),
        "lb_min_mbps": Setting(whole(10, 8000), 10, "Guaranteed bandwidth of the load balancer."),
        "lb_max_mbps": Setting(
            whole(10, 8000), 10, "Maximum bandwidth of the load balancer.", prod=100
        ),
    },
    "DNS and HTTPS": {
        "domain": Setting(
            domain,
            "",
            "DNS zone of this environment; its API answers at api.<domain>. Empty: plain "
            "HTTP, no name.",
        ),
        "https_listener_port": Setting(
            whole(1, 65535), 443, "Port for HTTPS; it opens once a certificate was imported."
        ),
        "dns_ttl_seconds": Setting(
            whole(30, 86_400), 300, "Seconds that resolvers may cache the address of the API."
        ),
    },
    "Application": {
        "api_instances": Setting(whole(1, 20), 1, "API container instances per release.", prod=2),
        "worker_instances": Setting(
            whole(0, 20), 1, "Worker container instances per release.", prod=2
        ),
        "api_ocpus": Setting(whole(1, 64), 1, "OCPUs of an API container instance."),
        "api_memory_gb": Setting(whole(1, 1024), 4, "Memory of an API container instance."),
        "worker_ocpus": Setting(whole(1, 64), 1, "OCPUs of a worker container instance."),
        "worker_memory_gb": Setting(whole(1, 1024), 4, "Memory of a worker container instance."),
        "check_delay_seconds": Setting(
            whole(0, 900),
            30,
            "Time that an API container has to start before its first health check.",
        ),
        "check_interval_seconds": Setting(
            whole(1, 300), 5, "Pause between two health checks of an API container."
        ),
        "check_timeout_seconds": Setting(
            whole(1, 60), 3, "Time that an API container has to answer its health check."
        ),
        "check_failures": Setting(
            whole(1, 20),
            3,
            "Failed health checks in a row after which the container counts as unhealthy.",
        ),
        "compute_async": Setting(
            yes_or_no, False, "Workers run the computations; otherwise the API does."
        ),
        "compute_queue_backend": Setting(
            one_of("file", "database"),
            "file",
            "How runs reach the workers; `file` is kept within one container and loses runs.",
        ),
        "cors_allowed_origins": Setting(
            origins, [], "Web origins that may call the API; its own address when none is given."
        ),
    },
    "Releases": {
        "approvals_needed": Setting(
            whole(0, 5),
            0,
            "People other than the requester who must approve a release.",
            stage=1,
            prod=2,
        ),
        "approvers": Setting(
            one_of("deployers", "admins"),
            "deployers",
            "Who may approve: deployers and admins, or admins only.",
        ),
        "approval_hours": Setting(
            whole(1, 720), 72, "Hours after which a request that is not yet deployed expires."
        ),
        "promote_from": Setting(
            promoted_from,
            "below",
            "Where the same content must have run before: the previous environment, or anywhere.",
        ),
        "bake_minutes": Setting(
            whole(0, 10_080), 0, "Minutes that a release runs here before it may go up.", stage=30
        ),
        "repository_url": Setting(
            web_address, "", "Where the source is: pages link to <address>/compare/<old>...<new>."
        ),
    },
    "Scaling": {
        "api_instances_min": Setting(
            whole(1, 20), 1, "Lower limit when scaling API instances.", prod=2
        ),
        "api_instances_max": Setting(
            whole(1, 20), 4, "Upper limit when scaling API instances.", prod=10
        ),
        "worker_instances_min": Setting(whole(0, 20), 0, "Lower limit when scaling workers."),
        "worker_instances_max": Setting(
            whole(0, 20), 4, "Upper limit when scaling workers.", prod=10
        ),
        "ocpus_max": Setting(whole(1, 64), 4, "Most OCPUs of one instance."),
        "memory_gb_max": Setting(whole(1, 1024), 32, "Most memory of one instance."),
        "keep_minutes": Setting(
            whole(0, 43_200),
            60,
            "Minutes that the previous release stays on standby for an instant rollback.",
            stage=240,
            prod=1440,
        ),
    },
    "Images": {
        "signed_images": Setting(
            yes_or_no, False, "Run only images that are signed with the key below."
        ),
        "signing_key": Setting(ocid("key"), "", "OCID of the Vault key that signs the images."),
        "signing_vault": Setting(
            ocid("vault"), "", "OCID of that key's vault; the environment's own when none is given."
        ),
    },
    "Frontend": {
        "cdn_provider": Setting(
            one_of("object", "gateway", "balancer", "cloudflare", "fastly", "hook"),
            "object",
            "CDN in front of the bucket; `object` means none: Object Storage serves the files.",
        ),
        "frontend_url": Setting(
            web_origin,
            "",
            "Public address of the frontend; by default that of Object Storage.",
        ),
        "api_origin": Setting(
            web_origin,
            "",
            "API that the frontend is built for; by default the load balancer's address.",
        ),
        "purge_url": Setting(web_address, "", "Address that purges index.html from the CDN."),
        "purge_secret": Setting(
            ocid("vaultsecret"), "", "OCID of the Vault secret with the token for the purge."
        ),
        "frontend_keep_days": Setting(
            whole(1, 365), 30, "Days that files of previous bundles stay in the public bucket."
        ),
    },
    "Smoke test": {
        "smoke_minutes": Setting(
            whole(0, 1440), 0, "Minutes between two runs of the smoke test by schedule; 0 is never."
        ),
        "smoke_seconds": Setting(
            whole(5, 300), 120, "Longest time that one run of the smoke test may take."
        ),
        "smoke_url": Setting(
            web_address,
            "",
            "Address of the application that is tested; its load balancer when none is given.",
        ),
        "smoke_username": Setting(
            secret_reference,
            "INSTRUCTOR_USERNAME",
            "Secret with the user name for the test: one of its own, or an OCID.",
        ),
        "smoke_password": Setting(
            secret_reference,
            "INSTRUCTOR_PASSWORD",
            "Secret with the password for the test: one of its own, or an OCID.",
        ),
    },
    "Data": {
        "exports_days": Setting(whole(1, 3650), 90, "Days after which exported files are deleted."),
        "versioned_uploads": Setting(yes_or_no, True, "Keep earlier versions of uploaded objects."),
        "uploads_infrequent_days": Setting(
            whole(0, 3650),
            0,
            "Days after which uploads move to the cheaper tier of infrequent access; 0 is never.",
            prod=90,
        ),
        "backups_keep_days": Setting(
            whole(1, 3650),
            7,
            "Days during which no file in `backups` can be changed or deleted (never locked).",
            prod=30,
        ),
        "backups_infrequent_days": Setting(
            whole(0, 3650),
            0,
            "Days after which files in `backups` move to the cheaper tier; 0 is never.",
            prod=31,
        ),
        "backups_days": Setting(
            whole(1, 3650), 90, "Days after which files in `backups` are deleted.", prod=365
        ),
        "frontend_public_read": Setting(
            yes_or_no,
            True,
            "Let everybody read `frontend-static` (without listing it); all other buckets are "
            "private.",
        ),
    },
    "Database": {
        "db_version": Setting(
            one_of("14", "15", "16"),
            "15",
            "Major version of PostgreSQL; OCI cannot downgrade it.",
        ),
        "db_shape": Setting(
            one_of("PostgreSQL.VM.Standard.E4.Flex", "PostgreSQL.VM.Standard.E5.Flex"),
            "PostgreSQL.VM.Standard.E4.Flex",
            "Shape of the machine.",
        ),
        "db_ocpus": Setting(whole(2, 64), 2, "OCPUs of each instance.", prod=4),
        "db_memory_gb": Setting(whole(16, 1024), 32, "Memory of each instance in GB.", prod=64),
        "db_instances": Setting(
            whole(1, 8),
            1,
            "Instances: one primary; the others are readable standbys.",
            prod=2,
        ),
        "db_user": Setting(
            database_user,
            "conceptlens",
            "Name of the database's first user; fixed at creation.",
        ),
        "db_backup_kind": Setting(
            one_of("DAILY", "WEEKLY", "MONTHLY"),
            "DAILY",
            "How often it is backed up: each day, each Sunday, each first of a month.",
        ),
        "db_backup_start": Setting(clock, "02:00", "When a backup begins."),
        "db_backup_days": Setting(
            whole(1, 35), 7, "Days for which automatic backups are kept.", stage=14, prod=35
        ),
        "db_point_in_time": Setting(
            yes_or_no, False, "Keep what is needed for point-in-time recovery.", prod=True
        ),
        "db_maintenance": Setting(weekly, "SUN 05:00", "Maintenance window (UTC)."),
        "db_deletion_protection": Setting(
            yes_or_no, False, "Protect the database from deletion until this is off.", prod=True
        ),
    },
    "Queue": {
        "queue_retention_hours": Setting(
            whole(1, 168),
            24,
            "Hours for which a message is kept; fixed at creation of the queue.",
            prod=168,
        ),
        "queue_visibility_seconds": Setting(
            whole(1, 43_200),
            300,
            "Seconds for which a message that a worker took is hidden from the others.",
        ),
        "queue_poll_seconds": Setting(
            whole(0, 30), 20, "Seconds for which asking for messages waits for one."
        ),
        "queue_deliveries": Setting(
            whole(1, 20), 5, "Deliveries after which a message is a dead letter."
        ),
    },
    "Logs": {
        "log_days": Setting(
            whole(30, 180, step=30), 30, "Days for which logs are kept, in steps of 30.", prod=90
        ),
    },
    "Alarms": {
        "alarm_5xx_per_minute": Setting(
            whole(0, 100_000), 5, "More 5xx answers than this in a minute are an incident."
        ),
        "alarm_unhealthy_backends": Setting(
            whole(0, 100), 0, "More unhealthy API containers than this for 5 minutes."
        ),
        "alarm_latency_ms": Setting(
            whole(1, 600_000),
            1500,
            "Average answer slower than this, as the load balancer sees it.",
        ),
        "alarm_p95_ms": Setting(
            whole(1, 600_000),
            1500,
            "One request in twenty slower than this, as the application measures it.",
        ),
        "alarm_db_failures": Setting(
            whole(0, 100_000),
            0,
            "More failed connections than this in a minute, reported by the application.",
        ),
        "alarm_db_connections": Setting(
            whole(1, 10_000), 400, "More connections to the database than this; it takes about 500."
        ),
        "alarm_db_cpu_percent": Setting(whole(1, 200), 80, "Database busier than this."),
        "alarm_queue_minutes": Setting(whole(1, 10_080), 5, "Oldest message older than this."),
        "alarm_dead_letters": Setting(whole(0, 100_000), 0, "More dead letters than this."),
        "alarm_container_cpu_percent": Setting(
            whole(1, 100), 90, "CPU use of a container above this."
        ),
        "alarm_container_memory_percent": Setting(
            whole(1, 100), 90, "Memory use of a container above this."
        ),
    },
    "Incidents": {
        "escalate_minutes": Setting(
            whole(1, 1440),
            15,
            "Minutes without an acknowledgement after which an incident is escalated: to the "
            "person on call, after as many more to all admins.",
        ),
    },
    "Budget": {
        "budget_per_month": Setting(
            whole(0, 100_000_000),
            0,
            "Budget of a month, in the currency of the tenancy's rate card; 0 means no budget.",
        ),
        "budget_recipients": Setting(
            mail_addresses,
            [],
            "Who gets a mail when 50, 75 and 90 % of it are spent. OCI looks once a day, and "
            "stops nothing.",
        ),
    },
}
SETTINGS: dict[str, Setting] = {
    name: rule for section in SECTIONS.values() for name, rule in section.items()
}

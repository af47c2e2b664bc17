"""The three environments that a new portal starts with."""

from collections.abc import Mapping

from environments.models import Environment

NETWORKS = {"dev": 20, "stage": 30, "prod": 40}


def seed_environments(
    listener_ports: Mapping[str, int] | None = None,
    *,
    approvals: Mapping[str, int] | None = None,
    bake_minutes: Mapping[str, int] | None = None,
) -> list[Environment]:
    """Create dev, stage and prod unless they exist; what people changed since stays as it is."""
    ports = listener_ports or {}
    asked: dict[str, dict[str, int]] = {}
    for name, numbers in (
        ("approvals_needed", approvals or {}),
        ("bake_minutes", bake_minutes or {}),
    ):
        for slug, number in numbers.items():
            asked.setdefault(slug, {})[name] = number
    return [
        _environment(slug, position, ports.get(slug, 80), asked.get(slug, {}))
        for position, slug in enumerate(NETWORKS, start=1)
    ]


def _environment(slug: str, position: int, port: int, besides: Mapping[str, int]) -> Environment:
    if found := Environment.objects.filter(slug=slug).first():
        return found
    second = NETWORKS[slug]
    return Environment.objects.add(
        slug=slug,
        name={"dev": "Development", "stage": "Staging", "prod": "Production"}[slug],
        position=position,
        settings={
            "vcn_cidr": f"10.{second}.0.0/16",
            "public_subnet_cidr": f"10.{second}.0.0/24",
            "private_subnet_cidr": f"10.{second}.10.0/24",
            "listener_port": port,
            **besides,
        },
        owner="platform-team",
        cost_center=f"conceptlens-{slug}",
        protected=slug == "prod",
    )

"""Groups, containers and what each may do."""

from environments import naming
from environments.blueprint import policies
from environments.blueprint.spec import HOME, ROOT, EnvironmentSpec, resource
from environments.desired import SHARED, Desired


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return who there is, people and containers, and what each may do."""
    groups = [
        resource(
            f"group.{role}",
            naming.group(spec.prefix, role),
            ROOT,
            {"description": meaning},
            owner=SHARED,
        )
        for role, meaning in naming.PEOPLE.items()
    ]
    rule = {"matchingRule": policies.containers()}
    containers = [
        spec.described(f"dynamic_group.{image}", f"{image} containers", image, ROOT, rule)
        for image in naming.REPOSITORIES
    ]
    lines = [
        line
        for image in naming.REPOSITORIES
        for line in policies.workload(spec.prefix, spec.slug, image)
    ]
    people = policies.people(spec.prefix, prod=spec.is_prod)
    services = policies.services(spec.region)
    # A policy that names a group which does not exist yet is refused, or silently gives nothing.
    rules = [
        ("workloads", "what its containers may do", lines, [group.key for group in containers]),
        ("people", "what people may do", people, ["group.deployers", "group.ops-readonly"]),
        ("services", "what Object Storage may do by itself", services, []),
    ]
    return [
        *groups,
        *containers,
        *[
            spec.described(f"policy.{name}", meaning, name, HOME, {"statements": said}, needs)
            for name, meaning, said, needs in rules
        ],
    ]

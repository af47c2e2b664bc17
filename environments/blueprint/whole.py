"""All sections of the blueprint, each resource with its owner and its tags."""

from dataclasses import replace

from environments import naming
from environments.blueprint import (
    alarms,
    data,
    delivery,
    network,
    people,
    policy_lint,
    tenancy,
    traffic,
    vault,
)
from environments.blueprint.spec import EnvironmentSpec
from environments.desired import ENVIRONMENT_TAG, KEY_TAG, SHARED, Desired
from environments.kinds import KINDS, public_ingress
from portal.lib.act import Act
from portal.lib.refusal import Invalid

SECTIONS = (
    tenancy,
    network,
    vault,
    data,
    delivery,
    people,
    traffic,
    alarms,
)  # in the order of the plan's page


def blueprint(spec: EnvironmentSpec) -> list[Desired]:
    """Return the resources of an environment; refuse settings that cannot be built."""
    if found := spec.settings.problems():
        raise _invalid(
            spec,
            f"The settings of {spec.slug} cannot be built: {'; '.join(map(str, found))}.",
            "Correct them on the environment's admin page.",
        )
    wanted = draft(spec)
    _refuse_wide(spec, wanted)
    return wanted


def draft(spec: EnvironmentSpec) -> list[Desired]:
    """Return what the settings mean, whether or not they can be built."""
    return [_completed(spec, want) for section in SECTIONS for want in section.resources(spec)]


def notes(spec: EnvironmentSpec) -> list[str]:
    """Return what the reader of a plan should know beside its changes."""
    return traffic.notes(spec)


def _refuse_wide(spec: EnvironmentSpec, wanted: list[Desired]) -> None:
    """Refuse a policy that gives more than it must, and a network that is too open."""
    wide = policy_lint.refusals(
        (line for want in wanted for line in want.fields.get("statements", [])), prod=spec.is_prod
    )
    if wide:
        raise _invalid(
            spec,
            f"The policies of {spec.slug} give too much: {'. '.join(wide)}.",
            "Narrow them in environments/blueprint/policies.py.",
        )
    rules = [rule for want in wanted if want.kind == "nsg" for rule in want.fields.get("rules", [])]
    open_ports = public_ingress.describe(rules, allowed=set(spec.public_ports()))
    if open_ports:
        raise _invalid(
            spec,
            f"The network of {spec.slug} is too open. {open_ports}",
            "Close it in environments/blueprint/network.py: only the load balancer's ports "
            "are public.",
        )


def _invalid(spec: EnvironmentSpec, message: str, next_step: str) -> Invalid:
    act = Act("", f"environment:{spec.slug}", spec.slug)
    return Invalid(message, next_step=next_step, act=act)


def _completed(spec: EnvironmentSpec, want: Desired) -> Desired:
    """Add what every resource has: an owner, tags, and what its kind always needs."""
    kind = KINDS[want.kind]
    owner = want.owner or spec.slug
    fields = dict(want.fields)
    if kind.tagged:
        fields["freeformTags"] = {
            **fields.get("freeformTags", {}),
            ENVIRONMENT_TAG: owner,
            KEY_TAG: want.key,
        }
    if kind.tagged and owner != SHARED:
        fields["definedTags"] = {naming.tag_namespace(spec.prefix): spec.cost_tags()}
    needs = tuple(sorted({*want.needs, *kind.needs}))
    return replace(want, owner=owner, fields=fields, needs=needs)

"""All sections of the blueprint, each resource with its owner and its tags."""

from dataclasses import replace

from environments import kinds, naming
from environments.blueprint import alarms, data, delivery, network, people, policy_lint, public_ingress, tenancy, traffic, vault
from environments.blueprint.spec import Order
from environments.desired import ENVIRONMENT_TAG, KEY_TAG, SHARED, Desired
from environments.settings.rules import problems
from portal.lib.refusal import Invalid

SECTIONS = (tenancy, network, vault, data, delivery, people, traffic, alarms)  # in the order of the plan's page


def blueprint(order: Order) -> list[Desired]:
    """Return the resources of an environment; refuse settings that cannot be built, before any call."""
    found = problems(order.settings, position=order.position)
    if found:
        raise Invalid(
            f"The settings of {order.slug} cannot be built: {'; '.join(found)}.",
            next_step="Correct them on the environment's admin page.",
            subject=f"environment:{order.slug}",
            environment=order.slug,
        )
    wanted = draft(order)
    _refuse_wide(order, wanted)
    return wanted


def draft(order: Order) -> list[Desired]:
    """Return what the settings mean, whether or not they can be built."""
    return [_completed(order, want) for section in SECTIONS for want in section.wanted(order)]


def notes(order: Order) -> list[str]:
    """Return what whoever reads a plan should know beside its changes; a section says it by a `notes(order)` of its own."""
    speaking = [said for section in SECTIONS if (said := getattr(section, "notes", None))]
    return [note for said in speaking for note in said(order)]


def _refuse_wide(order: Order, wanted: list[Desired]) -> None:
    """Let no plan hold a policy that gives more than it must."""
    wide = policy_lint.refusals(line for want in wanted for line in want.fields.get("statements", []))
    if wide:
        raise Invalid(
            f"The policies of {order.slug} give too much: {'. '.join(wide)}.",
            next_step="Narrow them in environments/blueprint/policies.py.",
            subject=f"environment:{order.slug}",
            environment=order.slug,
        )
    rules = [rule for want in wanted for rule in want.fields.get("rules", []) if want.kind == "nsg"]
    open_ = public_ingress.words(rules, allowed=set(order.ways_in()))
    if open_:
        raise Invalid(
            f"The network of {order.slug} is too open. {open_}",
            next_step="Close it in environments/blueprint/network.py: only the load balancer's ports are for everybody.",
            subject=f"environment:{order.slug}",
            environment=order.slug,
        )


def _completed(order: Order, want: Desired) -> Desired:
    """Add what every resource has: an owner, tags, and what its kind always needs."""
    kind = kinds.KINDS[want.kind]
    owner = want.owner or order.slug
    fields = dict(want.fields)
    if kind.tagged:
        fields["freeformTags"] = {**fields.get("freeformTags", {}), ENVIRONMENT_TAG: owner, KEY_TAG: want.key}
    if kind.tagged and owner != SHARED:
        fields["definedTags"] = {naming.tag_namespace(order.prefix): order.tag_values()}
    needs = tuple(sorted({*want.needs, *kind.needs}))
    return replace(want, owner=owner, fields=fields, needs=needs)

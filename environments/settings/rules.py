"""All settings of one environment as one value, and the rules that they keep together. Pure."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from environments.settings.schema import SETTINGS

RESERVED = 3  # OCI keeps the first two addresses of a subnet and the last one
BALANCER = 3  # a load balancer runs on two hosts, and moves one address between them
SIDES = 2  # while a release replaces another, both run side by side

TAG_FIELDS = ("owner", "cost_center")  # what an environment says beside its settings

Network = ipaddress.IPv4Network


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """One broken rule: the setting that breaks it, and the rule in words."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


@dataclass(frozen=True)
class EnvironmentSettings:
    """The settings of one environment: what was chosen, and defaults for the rest.

    `values` holds what was chosen, `position` decides the defaults (1 dev, 2 stage, 3 prod),
    `others` are the settings of the other environments by short name: neither network nor domain is
    shared.
    """

    values: Mapping[str, Any]
    position: int = 1
    others: Mapping[str, "EnvironmentSettings"] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        return SETTINGS[name].for_position(self.position)

    def complete(self) -> dict[str, Any]:
        """Return all settings, the missing ones with the defaults of the position."""
        return {name: self[name] for name in SETTINGS}

    def changed(self, **values: Any) -> "EnvironmentSettings":
        """Return them with other values for some settings."""
        return replace(self, values={**self.values, **values})

    def problems(self) -> list[SettingProblem]:
        """Return every broken rule; rules on several settings only once each is right by itself."""
        if not isinstance(self.values, Mapping):
            return [SettingProblem("settings", "must be a JSON object")]
        found = [problem for name in self.values if (problem := self._problem(name))]
        return found or [problem for rule in TOGETHER for problem in rule(self)]

    def _problem(self, name: str) -> SettingProblem | None:
        if name not in SETTINGS:
            known = ", ".join(SETTINGS)
            return SettingProblem(name, f"there is no such setting; the settings are {known}")
        broken = SETTINGS[name].check(self.values[name])
        return SettingProblem(name, f"{self.values[name]!r} {broken}") if broken else None


def split_tags(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the changes of settings, and those of owner and cost centre."""
    tags = {name: value for name, value in changes.items() if name in TAG_FIELDS}
    return {name: value for name, value in changes.items() if name not in tags}, tags


def _subnets(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    vcn, public, private = (
        Network(settings[f"{name}_cidr"]) for name in ("vcn", "public_subnet", "private_subnet")
    )
    for name, net in (("public_subnet_cidr", public), ("private_subnet_cidr", private)):
        if not net.subnet_of(vcn):
            yield SettingProblem(name, f"'{net}' must lie inside vcn_cidr '{vcn}'")
    if public.overlaps(private):
        words = f"'{private}' must not overlap public_subnet_cidr '{public}'"
        yield SettingProblem("private_subnet_cidr", words)


def addresses_needed(settings: EnvironmentSettings) -> dict[str, int]:
    """Return how many addresses each subnet needs.

    The private one holds the most instances, twice, and the database with its endpoint.
    """
    most = [
        max(settings[f"{role}_instances"], settings[f"{role}_instances_max"])
        for role in ("api", "worker")
    ]
    private = SIDES * sum(most) + settings["db_instances"] + 1
    return {"public_subnet_cidr": BALANCER, "private_subnet_cidr": private}


def usable_addresses(subnet: Network) -> int:
    """Return how many addresses of a subnet can be given to something."""
    return max(subnet.num_addresses - RESERVED, 0)


def small_subnets(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    """Yield each subnet that has too few addresses, with the size that is enough."""
    for name, count in addresses_needed(settings).items():
        subnet = Network(settings[name])
        if (usable := usable_addresses(subnet)) < count:
            fits = 32 - (count + RESERVED - 1).bit_length()
            words = f"has {usable} addresses to give, but {count} are needed: /{fits} is enough"
            yield SettingProblem(name, f"'{subnet}' {words}")


def _limits(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    """Check what would exceed or contradict another setting."""
    port = settings["https_listener_port"]
    if port == settings["listener_port"] and settings["domain"]:
        yield SettingProblem("https_listener_port", f"{port} must not be listener_port")
    pairs = [("lb_max_mbps", "lb_min_mbps")]
    pairs += [(f"{role}_instances_max", f"{role}_instances_min") for role in ("api", "worker")]
    for most, least in pairs:
        if settings[most] < settings[least]:
            yield SettingProblem(
                most, f"{settings[most]} must not be below {least} {settings[least]}"
            )
    ocpus, memory = settings["db_ocpus"], settings["db_memory_gb"]
    if not ocpus <= memory <= ocpus * 64:
        yield SettingProblem(
            "db_memory_gb", f"{memory} must be 1 to 64 GB for each of db_ocpus {ocpus}"
        )
    hidden, hours = settings["queue_visibility_seconds"], settings["queue_retention_hours"]
    if hidden >= hours * 3600:
        words = f"{hidden} must be less than queue_retention_hours {hours} h"
        yield SettingProblem("queue_visibility_seconds", words)


def _requirements(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    """Check that what is switched on has what it needs."""
    if settings["signed_images"] and not settings["signing_key"]:
        words = "must name the signing key, because signed_images is on"
        yield SettingProblem("signing_key", words)
    provider = settings["cdn_provider"]
    if provider != "object" and not settings["frontend_url"]:
        words = f"must give the frontend's public address, because cdn_provider is {provider!r}"
        yield SettingProblem("frontend_url", words)
    budget = settings["budget_per_month"]
    if budget and not settings["budget_recipients"]:
        words = f"must list recipients, because budget_per_month is {budget}"
        yield SettingProblem("budget_recipients", words)


def _backups(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    kept, cheaper, days = (
        settings[f"backups_{name}"] for name in ("keep_days", "infrequent_days", "days")
    )
    if days <= kept:
        words = f"{days} must be more than backups_keep_days {kept}, which forbids deletion"
        yield SettingProblem("backups_days", words)
    if cheaper >= days:
        words = f"{cheaper} must be less than backups_days {days}"
        yield SettingProblem("backups_infrequent_days", words)


def conflicts(settings: EnvironmentSettings) -> Iterator[SettingProblem]:
    """Yield what the settings share with another environment's and cannot."""
    vcn, others = Network(settings["vcn_cidr"]), settings.others
    for slug, other in others.items():
        if vcn.overlaps(Network(other["vcn_cidr"])):
            free = free_network(
                vcn.prefixlen, [Network(one["vcn_cidr"]) for one in others.values()]
            )
            words = f"'{vcn}' must not overlap '{other['vcn_cidr']}' of {slug}"
            offer = f"; {free} is free" if free else ""
            yield SettingProblem("vcn_cidr", f"{words}, or the two can never be connected{offer}")
        if settings["domain"] and settings["domain"] == other["domain"]:
            words = f"{settings['domain']!r} belongs to {slug}; one zone has one load balancer"
            yield SettingProblem("domain", words)


def free_network(size: int, taken: Iterable[Network]) -> Network | None:
    """Return the first free network of that size within 10/8, from 10.20 on."""
    known, first = list(taken), ipaddress.IPv4Address("10.20.0.0")
    for candidate in Network("10.0.0.0/8").subnets(new_prefix=size):
        if candidate.network_address >= first and not any(map(candidate.overlaps, known)):
            return candidate
    return None


TOGETHER: tuple[Callable[[EnvironmentSettings], Iterable[SettingProblem]], ...] = (
    _subnets,
    small_subnets,
    _limits,
    _requirements,
    _backups,
    conflicts,
)

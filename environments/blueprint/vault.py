"""Vault, key and secrets."""

from environments import naming
from environments.blueprint.spec import HOME, EnvironmentSpec, resource
from environments.desired import Desired


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the vault, its key and the secrets by name."""
    key = {"keyShape": {"algorithm": "AES", "length": 32}, "protectionMode": "SOFTWARE"}
    place = {**HOME, "vaultId": "${vault}", "keyId": "${key}"}
    secrets = [
        resource(
            f"secret.{name}",
            name,
            place,
            {"secretName": name, "description": f"{name} of {spec.slug}"},
        )
        for name in naming.ALL_SECRETS
    ]
    return [
        spec.named("vault", "vault", HOME, {"vaultType": "DEFAULT"}),
        spec.named("key", "secrets", {**HOME, "at": "${vault:managementEndpoint}"}, key),
        *secrets,
    ]

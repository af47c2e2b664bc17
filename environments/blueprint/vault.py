"""Vault, key and secrets."""

from environments import naming
from environments.blueprint.spec import HOME, Order, named
from environments.desired import Desired


def wanted(order: Order) -> list[Desired]:
    """Return the vault, its key and the secrets by name."""
    key = {"keyShape": {"algorithm": "AES", "length": 32}, "protectionMode": "SOFTWARE"}
    place = {**HOME, "vaultId": "${vault}", "keyId": "${key}"}
    secrets = [
        Desired(f"secret.{name}", "secret", name, place, {"secretName": name, "description": f"{name} of {order.slug}"})
        for name in (*naming.SECRETS, naming.DATABASE_PASSWORD)
    ]
    return [
        named(order, "vault", "vault", "vault", HOME, {"vaultType": "DEFAULT"}),
        named(order, "key", "key", "secrets", {**HOME, "at": "${vault:managementEndpoint}"}, key),
        *secrets,
    ]

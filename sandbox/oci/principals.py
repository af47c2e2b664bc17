"""Who may sign: API keys of users, tokens of sessions and resources; the people a new tenancy
starts with.
"""

from __future__ import annotations

import base64
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.oci import errors, signature
from sandbox.oci.clock import wire
from sandbox.oci.exchange import Request
from sandbox.oci.iam import dynamic_groups, grammar
from sandbox.oci.store import Record, Store
from sandbox.oci.surface import Operation
from sandbox.oci.tenancy import HOME, NAMESPACE, NOBODY, RECOVERY, Caller, ocid

if TYPE_CHECKING:
    from sandbox.oci.engine import Engine

SEED = "engine.Seed"
HOUR = 3600
MACHINES = {"resource", "instance"}  # principals whose rights come from dynamic groups
ADMINISTRATORS = "Administrators"
STATEMENTS_PER_POLICY = 50  # service limit of a new tenancy


@dataclass(frozen=True)
class Seed:
    """What stays the same through every reset: names and keys, so that clients need not be told
    again.
    """

    tenancy: str
    users: list[dict[str, str]]  # name, ocid, fingerprint, key (private, PEM), public (PEM)
    issuer: str  # private key that signs session and resource principal tokens

    @property
    def shown(self) -> dict[str, Any]:
        """What the control port tells: the tenancy, the portal's user, and all users."""
        first = self.users[0]
        return {
            "tenancy": self.tenancy,
            "user": first["ocid"],
            "fingerprint": first["fingerprint"],
            "key": first["key"],
            "region": HOME,
            "recovery_region": RECOVERY,
            "namespace": NAMESPACE,
            "users": self.users,
        }


def seed(store: Store) -> Seed:
    """Return the tenancy's seed, made at the first start."""
    record = store.get(SEED, "seed")
    if record:
        return Seed(**record.hidden)
    made = Seed(
        ocid("tenancy"), [_user("portal"), _user("operator")], signature.private_pem(_rsa())
    )
    keep(store, made)
    return made


def keep(store: Store, made: Seed) -> None:
    """Store the seed."""
    store.put(Record(kind=SEED, id="seed", body={}, hidden=asdict(made)))


def caller_of(engine: Engine, request: Request, operation: Operation) -> Caller:
    """Return who signed a request; operations that take anybody serve unsigned requests too."""
    if (
        "authorization" not in request.headers
        and operation.name in engine.services[operation.service].unsigned
    ):
        return NOBODY
    found: list[Caller] = []

    def public_key(key_id: str) -> str:
        caller, pem = (
            _session(engine, key_id[3:]) if key_id.startswith("ST$") else _api_key(engine, key_id)
        )
        found.append(caller)
        return pem

    signature.verify(request, public_key, streams_body=operation.body in {"stream", "bytearray"})
    return found[0]


def issue(
    engine: Engine, subject: str, kind: str, compartment: str = "", seconds: float = HOUR
) -> dict[str, str]:
    """Return a session or resource principal token and the private key that goes with it."""
    key = _rsa()
    numbers = key.public_key().public_numbers()
    held = [] if kind not in MACHINES else dynamic_groups.groups_of(engine, subject, compartment)
    claims = {
        "iss": "authService.oracle.com",
        "sub": subject,
        "ptype": kind,
        "tenant": engine.tenancy,
        "res_tenant": engine.tenancy,
        "res_compartment": compartment,
        "groups": held,
        "iat": int(time.time()),
        "exp": int(time.time() + seconds),
        "jwk": {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)},
    }
    return {
        "token": signature.issue_token(claims, engine.issuer),
        "key": signature.private_pem(key),
        "region": HOME,
    }


def _session(engine: Engine, token: str) -> tuple[Caller, str]:
    claims = signature.token_claims(token, engine.issuer.public_key())
    numbers = rsa.RSAPublicNumbers(_whole(claims["jwk"]["e"]), _whole(claims["jwk"]["n"]))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = numbers.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    kind = claims["ptype"] if claims["ptype"] in MACHINES else "session"
    user = engine.store.get("identity.User", claims["sub"])
    name = user.body["name"] if user else claims["sub"]
    place, groups = claims.get("res_compartment", ""), tuple(claims.get("groups", ()))
    return Caller(claims["sub"], name, claims["tenant"], kind, "", place, groups), pem


def _api_key(engine: Engine, key_id: str) -> tuple[Caller, str]:
    tenancy, _, rest = key_id.partition("/")
    user, _, mark = rest.partition("/")
    record = engine.store.get("identity.ApiKey", f"{user}/{mark}")
    owner = engine.store.get("identity.User", user)
    if tenancy != engine.tenancy or record is None or record.gone or owner is None or owner.gone:
        raise errors.not_authenticated(
            "The required information to complete authentication was not provided or was incorrect."
        )
    return Caller(user, owner.body["name"], tenancy, "user", mark), record.body["keyValue"]


def seed_people(engine: Engine) -> None:
    """Put the seeded users and their keys into an empty tenancy."""
    now = engine.clock.now()
    for user in engine.seed.users:
        body: dict[str, Any] = {
            "id": user["ocid"],
            "compartmentId": engine.tenancy,
            "name": user["name"],
        }
        body |= {
            "description": "A user that the tenancy began with",
            "timeCreated": wire(now),
            "lifecycleState": "ACTIVE",
        }
        body |= {"freeformTags": {}, "definedTags": {}}
        engine.store.put(Record(kind="identity.User", id=user["ocid"], body=body, created=now))
        key = {
            "keyId": f"{engine.tenancy}/{user['ocid']}/{user['fingerprint']}",
            "keyValue": user["public"],
        }
        key |= {"fingerprint": user["fingerprint"], "userId": user["ocid"]}
        key |= {"timeCreated": wire(now), "lifecycleState": "ACTIVE"}
        engine.store.put(
            Record(
                kind="identity.ApiKey",
                id=f"{user['ocid']}/{user['fingerprint']}",
                body=key,
                created=now,
            )
        )


def seed_administrators(engine: Engine) -> None:
    """Give a new tenancy its group of administrators, its policy, and the operator as a member."""
    group = _named(engine, "Group", "group", ADMINISTRATORS)
    policy = _named(engine, "Policy", "policy", "Tenant Admin Policy")
    policy.body["statements"] = [f"ALLOW GROUP {ADMINISTRATORS} to manage all-resources IN TENANCY"]
    for record in (group, policy):
        engine.store.put(_from_the_beginning(record))
    join(engine, "operator", group.id)


def join(engine: Engine, user: str, group: str) -> None:
    """Make a seeded user a member of a group, from the beginning."""
    found = next(one["ocid"] for one in engine.seed.users if one["name"] == user)
    record = _named(engine, "UserGroupMembership", "groupmembership", "")
    record.body |= {"userId": found, "groupId": group}
    record.hidden["changed"] = 0.0
    engine.store.put(record)


def seed_portal(engine: Engine) -> None:
    """Give the portal's user the policy that the simulator was started with: as a member of a
    group of its own, or of the administrators when there is none.
    """
    if engine.portal_statements is None:
        groups = engine.store.living("identity.Group")
        join(
            engine,
            "portal",
            next(group.id for group in groups if group.body["name"] == ADMINISTRATORS),
        )
        return
    parsed = [grammar.parse(text) for text in engine.portal_statements]
    names = sorted({name for one in parsed if one for name in one.names})
    for name in names:
        group = _named(engine, "Group", "group", name)
        engine.store.put(_from_the_beginning(group))
        join(engine, "portal", group.id)
    for start in range(0, len(parsed), STATEMENTS_PER_POLICY):
        policy = _named(engine, "Policy", "policy", f"portal-{start // STATEMENTS_PER_POLICY + 1}")
        lines = engine.portal_statements[start : start + STATEMENTS_PER_POLICY]
        policy.body["statements"] = list(lines)
        engine.store.put(_from_the_beginning(policy))


def _from_the_beginning(record: Record) -> Record:
    record.hidden["changed"] = 0.0  # it counts at once
    return record


def _named(engine: Engine, kind: str, word: str, name: str) -> Record:
    body: dict[str, Any] = {
        "id": ocid(word),
        "compartmentId": engine.tenancy,
        "lifecycleState": "ACTIVE",
        "timeCreated": wire(engine.clock.now()),
    }
    if name:
        body |= {"name": name, "description": name, "freeformTags": {}, "definedTags": {}}
    return Record(kind=f"identity.{kind}", id=body["id"], body=body, created=engine.clock.now())


def _user(name: str) -> dict[str, str]:
    key = _rsa()
    public = signature.public_pem(key)
    names = {"name": name, "ocid": ocid("user"), "fingerprint": signature.fingerprint(public)}
    return {**names, "key": signature.private_pem(key), "public": public}


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _number(value: int) -> str:
    return (
        base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        .decode()
        .rstrip("=")
    )


def _whole(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")

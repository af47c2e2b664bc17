"""The control port: reset, faults, time, limits, journal; for tests, drills and the sandbox, never
for the portal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.oci import errors, principals
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Request, Response, as_json

Action = Callable[[Engine, dict[str, Any]], Any]


def answer(engine: Engine, request: Request) -> Response:
    """Answer one request of the control port."""
    parts = urlsplit(request.target)
    name = f"{request.method} {parts.path.rstrip('/')}"
    action = _actions(engine).get(name)
    if action is None:
        return _json(404, {"error": f"no {name}", "actions": sorted(_actions(engine))})
    try:
        payload = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        payload |= json.loads(request.content) if request.content.strip() else {}
        return _json(200, action(engine, payload))
    except errors.ServiceError as error:
        return _json(error.status, {"error": error.message, "code": error.code})
    except (KeyError, TypeError, ValueError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _actions(engine: Engine) -> dict[str, Action]:
    own: dict[str, Action] = {
        "GET /health": lambda engine, payload: {
            "address": engine.address,
            "services": list(engine.services),
        },
        "GET /tenancy": lambda engine, payload: {**engine.seed.shown, "endpoint": engine.address},
        "POST /reset": _reset,
        "GET /journal": _journal,
        "DELETE /journal": lambda engine, payload: engine.journal.clear(),
        "GET /faults": lambda engine, payload: engine.faults.all(),
        "POST /faults": lambda engine, payload: engine.faults.add(payload),
        "DELETE /faults": lambda engine, payload: engine.faults.clear(),
        "POST /latency": _latency,
        "GET /clock": _clock,
        "POST /clock": _advance,
        "POST /limits": _limits,
        "POST /states": _state,
        "POST /tokens": _token,
        "POST /decisions": _record_decisions,
        "GET /decisions": _decisions,
    }
    for service in engine.services.values():
        own.update(service.control)
    return own


def _reset(engine: Engine, payload: dict[str, Any]) -> dict[str, Any]:
    engine.reset(payload.get("portal_statements", engine.portal_statements))
    return {**engine.seed.shown, "endpoint": engine.address}


def _record_decisions(engine: Engine, payload: dict[str, Any]) -> dict[str, Any]:
    engine.decisions.start()
    return {"recording": True}


def _decisions(engine: Engine, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return engine.decisions.read()


def _journal(engine: Engine, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return engine.journal.read(
        after=int(payload.get("after", 0)),
        operation=payload.get("operation", ""),
        status=int(payload.get("status", 0)),
    )


def _latency(engine: Engine, payload: dict[str, Any]) -> dict[str, Any]:
    engine.faults.latency = float(payload["ms"]) / 1000
    return {"ms": engine.faults.latency * 1000}


def _clock(engine: Engine, payload: dict[str, Any]) -> dict[str, Any]:
    return {"now": engine.wire_now(), "skipped": engine.clock.skipped, "scale": engine.clock.scale}


def _advance(engine: Engine, payload: dict[str, Any]) -> dict[str, Any]:
    if "scale" in payload:
        engine.clock.scale = float(payload["scale"])
    engine.clock.advance(float(payload.get("advance", 0)))
    with engine.transaction():
        return _clock(engine, payload)


def _limits(engine: Engine, payload: dict[str, Any]) -> dict[str, int]:
    for kind, limit in payload.items():
        if limit is None:
            engine.limits.pop(kind, None)
        else:
            engine.limits[kind] = int(limit)
    return engine.limits


def _state(engine: Engine, payload: dict[str, Any]) -> dict[str, str]:
    """Put a resource into a state that OCI brings about by itself; it stays until changed."""
    with engine.transaction() as store:
        found = (store.get(kind, payload["id"]) for kind in engine.kinds)
        record = next((record for record in found if record), None)
        if record is None:
            raise errors.not_found(payload["id"])
        kind = engine.kinds[record.kind]
        model = engine.shapes.model(record.kind.partition(".")[0], kind.name)
        allowed = model.fields[kind.state_field].enum if model else ()
        if payload["state"] not in allowed:
            raise errors.invalid(f"The states are {', '.join(sorted(allowed))}.")
        record.timeline = []
        record.body[kind.state_field] = payload["state"]
        store.put(record)
    return {"id": record.id, "state": payload["state"]}


def _token(engine: Engine, payload: dict[str, Any]) -> dict[str, str]:
    """Issue a session token of a user, or a resource principal token of a resource."""
    subject = payload.get("subject", engine.seed.users[0]["ocid"])
    kind = payload.get("type", "user")
    return principals.issue(
        engine,
        subject,
        kind,
        payload.get("compartment", ""),
        float(payload.get("seconds", principals.HOUR)),
    )


def _json(status: int, value: Any) -> Response:
    return Response(status, {"content-type": "application/json"}, as_json(value))

"""The way of a request: route, signature, faults, validation, retry token, work, answer, journal,
audit event.
"""

from __future__ import annotations

import secrets
import sys
import time
import traceback
from dataclasses import dataclass, replace
from typing import Any

from sandbox.oci import audit_events, checks, errors, paging, principals
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Answer, Request, Response, as_json
from sandbox.oci.faults import Fault
from sandbox.oci.iam import judge, service_principals
from sandbox.oci.reachability import SILENCE_SECONDS
from sandbox.oci.retry_tokens import RetryToken
from sandbox.oci.store import Record
from sandbox.oci.surface import Operation
from sandbox.oci.tenancy import NOBODY, Caller


@dataclass
class Trace:
    """What is known of a request so far, for the journal."""

    request_id: str
    request: Request  # as what it is served: without the secret of a pre-authenticated address
    operation: Operation | None = None
    caller: Caller = NOBODY
    call: Call | None = None
    code: str = ""
    fault: str = ""


def answer(engine: Engine, request: Request) -> Response:
    """Answer one request; whatever happens, there is an answer, an id and a line in the journal."""
    if engine.stopping.is_set():
        return Response(cut=True)
    started = time.perf_counter()
    trace = Trace(request_id=_request_id(request), request=request)
    try:
        response = _answer(engine, request, trace)
    except errors.ServiceError as error:
        trace.code = error.code
        response = _refusal(error)
    except Exception:
        traceback.print_exc(
            file=sys.stderr
        )  # a bug of the simulator; 501 because SDKs retry a 500 for minutes
        trace.code = "SimulatorBug"
        response = _refusal(
            errors.not_implemented("The simulator failed; its output has the traceback.")
        )
    response.headers["opc-request-id"] = trace.request_id
    _record(engine, trace.request, trace, response, time.perf_counter() - started)
    return response


def _answer(engine: Engine, request: Request, trace: Trace) -> Response:
    opened = _opened(engine, request)
    if opened:
        request, trace.caller = opened
        trace.request = request
    match = engine.router.match(request.method, request.path)
    if match is None:
        raise errors.not_implemented(f"No simulated service has {request.method} {request.path}.")
    operation = trace.operation = match.operation
    if not opened:
        trace.caller = principals.caller_of(engine, request, operation)
        if _cut_off(engine, trace.caller, operation.service):
            engine.stopping.wait(engine.clock.scaled(SILENCE_SECONDS))
            return Response(status=0, cut=True)
    if engine.faults.latency:
        engine.stopping.wait(engine.faults.latency)
    if cut := _fault_before(engine, operation, trace):
        return cut
    handler = engine.handlers.get(operation.key)
    if handler is None:
        raise errors.not_implemented(f"{operation.key} is not simulated.")
    call = Call(
        engine=engine,
        service=engine.services[operation.service],
        operation=operation,
        request=request,
        path=match.path,
        query=checks.query(operation, request),
        body=checks.body(engine.shapes, operation, request),
        caller=trace.caller,
        kind=handler[1],
    )
    trace.call = call
    judge.check(call)
    service_principals.check(call)
    if fault := _met(engine, operation, "during", trace):
        call.hidden_for = fault.seconds if fault.kind == "hidden" else 0.0
        call.unknown = fault if fault.kind == "unknown" else None
    if operation.name in call.service.waits:
        call.service.waits[operation.name](call)
    response = _work(engine, call, handler[0])
    if _met(engine, operation, "after", trace):
        response.cut = True
    return response


def _work(engine: Engine, call: Call, handler: Any) -> Response:
    """Do the work under the lock; a retry token that was seen before gets its first answer."""
    token = (
        RetryToken.of(call.request, call.operation.key, call.caller.id)
        if call.operation.takes("opc-retry-token")
        else None
    )
    with engine.transaction() as store:
        if token and (known := token.answer(store)):
            return known
        response = _respond(call, handler(call))
        if token:
            token.keep(store, response, engine.clock.now())
        return response


def _respond(call: Call, value: Any) -> Response:
    found = value if isinstance(value, Answer) else Answer(value=value)
    if isinstance(found.value, list) and not isinstance(value, Answer):
        field = _field_reader(call)
        found = call.page(paging.order(found.value, call.query, field))
    headers = {**call.headers_out, **found.headers}
    if isinstance(found.value, Record):
        headers.setdefault("etag", found.value.etag)
    wanted = call.headers.get("if-none-match")
    if call.request.method in {"GET", "HEAD"} and wanted and wanted in {"*", headers.get("etag")}:
        return Response(304, headers)
    content = _content(call, found, headers)
    return Response(found.status or _status(call, content, headers), headers, content)


def _status(call: Call, content: bytes, headers: dict[str, str]) -> int:
    if content or call.request.method == "HEAD":
        return 200
    return 202 if "opc-work-request-id" in headers else 204


def _content(call: Call, found: Answer, headers: dict[str, str]) -> bytes:
    if found.content is not None:
        headers.setdefault("content-type", "application/octet-stream")
        return found.content
    if isinstance(found.value, bytes):
        headers.setdefault("content-type", "application/octet-stream")
        return found.value
    if not call.operation.response or found.value is None:
        return b""
    headers["content-type"] = "application/json"
    return as_json(
        call.engine.shapes.project(
            call.service.name, call.operation.response, _plain(call, found.value)
        )
    )


def _plain(call: Call, value: Any) -> Any:
    if isinstance(value, Record):
        return call.engine.show(value)
    if isinstance(value, list):
        return [_plain(call, item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(call, item) for key, item in value.items()}
    return value


def _field_reader(call: Call) -> Any:
    return lambda item, name: (
        (item.body if isinstance(item, Record) else item).get(name)
        if not isinstance(item, str)
        else item
    )


def _cut_off(engine: Engine, caller: Caller, service: str) -> bool:
    return any(
        one.cut_off and one.cut_off(engine, caller, service) for one in engine.services.values()
    )


def _opened(engine: Engine, request: Request) -> tuple[Request, Caller] | None:
    segment = request.path.strip("/").partition("/")[0]
    for service in engine.services.values():
        if segment in service.open_paths:
            return service.open_paths[segment](engine, request)
    return None


def _fault_before(engine: Engine, operation: Operation, trace: Trace) -> Response | None:
    fault = _met(engine, operation, "before", trace)
    if fault is None:
        return None
    if fault.kind == "throttle":
        wait = {"retry-after": str(max(1, round(fault.seconds)))}
        raise errors.ServiceError(429, "TooManyRequests", "Too many requests.", wait)
    if fault.kind == "error":
        raise errors.ServiceError(fault.status, fault.code, fault.message)
    engine.stopping.wait(fault.seconds)
    return Response(status=0, cut=True) if fault.kind == "hang" else None


def _met(engine: Engine, operation: Operation, when: str, trace: Trace) -> Fault | None:
    fault = engine.faults.meet(operation, when)
    if fault:
        trace.fault = fault.kind
    return fault


def _refusal(error: errors.ServiceError) -> Response:
    headers = {"content-type": "application/json", **error.headers}
    return Response(error.status, headers, as_json({"code": error.code, "message": error.message}))


def _record(
    engine: Engine, request: Request, trace: Trace, response: Response, seconds: float
) -> None:
    subject = trace.call.subject if trace.call else None
    token = RetryToken.of(request, "", "")
    engine.journal.add(
        time=engine.wire_now(),
        service=trace.operation.service if trace.operation else "",
        operation=trace.operation.name if trace.operation else "",
        method=request.method,
        path=_path_to_show(engine, request),
        status=response.status,
        code=trace.code,
        request_id=trace.request_id,
        retry_token=token.key[:16] if token else "",
        resource=subject.id if subject else "",
        caller=trace.caller.name,
        agent=request.headers.get("user-agent", "").partition(" ")[0],
        fault=trace.fault,
        milliseconds=round(seconds * 1000, 2),
    )
    if trace.call and trace.operation and trace.operation.mutates:
        audit_events.record(engine, trace.call, replace(response), trace.request_id)


def _path_to_show(engine: Engine, request: Request) -> str:
    """Mask the secret in an address that lets its bearer in."""
    segments = request.path.split("/")
    secret = any(segments[1] in service.open_paths for service in engine.services.values())
    return f"/{segments[1]}/..." if secret else request.path


def _request_id(request: Request) -> str:
    given = request.headers.get("opc-request-id", "")
    own = f"{secrets.token_hex(16).upper()}/{secrets.token_hex(16).upper()}"
    return f"{given.partition('/')[0] or secrets.token_hex(16).upper()}/{own}"

"""Translation of the SDK's exceptions into the portal's."""

import re

from circuitbreaker import CircuitBreakerError
from oci import exceptions as sdk

from portal.cloud.errors import (
    AlreadyExists,
    BadRequest,
    BreakerOpen,
    CloudError,
    Conflict,
    LimitExceeded,
    MissingServiceRights,
    NoAnswer,
    NotAllowed,
    NotAuthenticated,
    NotFoundOrForbidden,
    NotSupported,
    OutOfCapacity,
    QuotaExceeded,
    RelatedNotFound,
    ResourceLocked,
    StaleEtag,
    TakenOrForbidden,
    Throttled,
    Unavailable,
    Unreachable,
    WrongTokenBody,
)
from portal.lib.redact import redact

FAILURES = (sdk.ServiceError, sdk.RequestException, sdk.ConnectTimeout, CircuitBreakerError)

_BY_STATUS: dict[int, type[CloudError]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFoundOrForbidden,
    409: Conflict,
    412: StaleEtag,
    429: Throttled,
    501: NotSupported,
}
_BY_CODE: dict[str, type[CloudError]] = {
    "LimitExceeded": LimitExceeded,
    "QuotaExceeded": QuotaExceeded,
    "RelatedResourceNotAuthorizedOrNotFound": RelatedNotFound,
    "InsufficientServicePermissions": MissingServiceRights,
    "NotAuthorizedOrResourceAlreadyExists": TakenOrForbidden,
    "ResourceLocked": ResourceLocked,
    "InvalidatedRetryToken": WrongTokenBody,
    "NAMESPACE_CONFLICT": AlreadyExists,  # the container registry's code for a path that is taken
}
_FULL = re.compile(r"(?i)out of (host )?capacity")  # comes as a 500, but is no failure of OCI
_TEMPORARY = {"IncorrectState", "LockConflict"}  # conflicts that end by waiting
_BEFORE_SENDING = {
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ConnectTimeout",
    "ProxyError",
}


def translate_error(error: Exception, operation: str) -> CloudError:
    """Return the portal's error for one of FAILURES."""
    if isinstance(error, sdk.ServiceError):
        return _from_answer(error, operation)
    if isinstance(error, CircuitBreakerError):
        pause = max(1, int(error._circuit_breaker.open_remaining))
        words = f"{operation} was not called: the service failed many times in a row"
        return BreakerOpen(
            f"{words}; the portal pauses for {pause} s.",
            operation=operation,
            retry_after=float(pause),
        )
    cause = type(_chain(error)[-1]).__name__  # the class alone: its text may hold the whole request
    if _never_left(error):
        words = f"{operation}: OCI could not be reached ({cause})."
        return Unreachable(words, operation=operation)
    words = f"{operation}: the request was sent and no answer came ({cause})."
    return NoAnswer(words, operation=operation)


def _from_answer(error: sdk.ServiceError, operation: str) -> CloudError:
    status, code = int(error.status), str(error.code or "")
    said = redact(str(error.message or "")).strip().rstrip(".")
    kind = _kind(status, code, said)
    answered = f"OCI answered {status} {code} to {operation}"
    failure = kind(
        f"{answered}: {said}." if said else f"{answered}.",
        status=status,
        code=code,
        request_id=str(error.request_id or ""),
        operation=operation,
        retry_after=_seconds(error.headers.get("retry-after")),
    )
    failure.retryable = kind.retryable or code in _TEMPORARY
    return failure


def _kind(status: int, code: str, said: str) -> type[CloudError]:
    if status >= 500 and _FULL.search(said):
        return OutOfCapacity
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status == 409 and code.endswith("AlreadyExists"):
        return AlreadyExists
    return _BY_STATUS.get(status, Unavailable if status >= 500 else BadRequest)


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdigit() else 0.0


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return the error with everything that it wraps, by `reason`, cause and context."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        item = waiting.pop(0)
        if item is not None and item not in found:
            found.append(item)
            inner = [getattr(item, "reason", None), *item.args, item.__cause__, item.__context__]
            waiting += [one for one in inner if isinstance(one, BaseException)]
    return found


def _never_left(error: BaseException) -> bool:
    return any(type(item).__name__ in _BEFORE_SENDING for item in _chain(error))

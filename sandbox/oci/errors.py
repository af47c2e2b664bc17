"""The errors that OCI answers, as exceptions."""

from collections.abc import Mapping


class ServiceError(Exception):
    """An answer with a status above 399: its body is {"code", "message"}."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def invalid(message: str) -> ServiceError:
    """A value that breaks a rule."""
    return ServiceError(400, "InvalidParameter", message)


def missing(message: str) -> ServiceError:
    """A required field or parameter that is absent."""
    return ServiceError(400, "MissingParameter", message)


def unreadable(message: str) -> ServiceError:
    """A body that is not what the operation takes."""
    return ServiceError(400, "CannotParseRequest", message)


def limit_exceeded(message: str) -> ServiceError:
    """A service limit that the tenancy has reached."""
    return ServiceError(400, "LimitExceeded", message)


def not_authenticated(message: str) -> ServiceError:
    """A request whose signature is absent, wrong or too old."""
    return ServiceError(401, "NotAuthenticated", message)


def not_found(what: str = "") -> ServiceError:
    """OCI never tells the missing from the forbidden."""
    text = "Authorization failed or requested resource not found."
    return ServiceError(404, "NotAuthorizedOrNotFound", f"{text} ({what})" if what else text)


def conflict(message: str, code: str = "Conflict") -> ServiceError:
    """A change that another resource stands in the way of."""
    return ServiceError(409, code, message)


def already_exists(kind: str, message: str) -> ServiceError:
    """A name that is taken."""
    return ServiceError(409, f"{kind}AlreadyExists", message)


def incorrect_state(message: str) -> ServiceError:
    """A change that the resource's state does not allow now."""
    return ServiceError(409, "IncorrectState", message)


def no_etag_match() -> ServiceError:
    """An if-match that is no longer true."""
    return ServiceError(
        412, "NoEtagMatch", "The if-match header does not match the etag of the resource."
    )


def not_implemented(message: str) -> ServiceError:
    """Something that OCI has and this simulator has not; 501 is the one status that no SDK
    retries.
    """
    return ServiceError(501, "MethodNotImplemented", message)

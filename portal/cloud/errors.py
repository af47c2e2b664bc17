"""What can go wrong between the portal and OCI, in words an operator can act on."""


class CloudError(Exception):
    """A call to OCI that did not end well.

    `retryable` says that the same call may succeed later, `outcome_unknown` that OCI may have done
    it although no answer said so. `request_id` is what Oracle support asks for. Neither `message`
    nor `next_step` ever holds a secret.
    """

    status = 0
    retryable = False
    outcome_unknown = False
    advice = "Give Oracle support the request id if it happens again."

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        operation: str = "",
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or type(self).status
        self.code = code
        self.request_id = request_id
        self.operation = operation
        self.retry_after = retry_after
        self.next_step = type(self).advice

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class NotFoundOrForbidden(CloudError):
    """404: OCI never tells "does not exist" from "you may not see it"."""

    status = 404
    advice = (
        "Two causes look the same: it does not exist (any more), or the portal has no right to see "
        "it. Look it up in the OCI console; if it is there, check the portal's policies for that "
        "compartment (a new policy can take minutes to work)."
    )


class RelatedNotFound(NotFoundOrForbidden):
    """400 RelatedResourceNotAuthorizedOrNotFound: the same, about what the call refers to."""

    status = 400
    advice = (
        "Something that the call refers to does not exist, or the portal has no right to see it. "
        "What was made a moment ago can be unknown to other services for minutes: plan again then; "
        "otherwise check the portal's policies."
    )


class NotAuthenticated(CloudError):
    """401: the credential or the clock is wrong."""

    status = 401
    advice = (
        "Check the portal's API key (or its instance principal) and this machine's clock: more "
        "than 5 minutes off is refused."
    )


class NotAllowed(CloudError):
    """403: the call is not permitted, or it went to a region that cannot do it."""

    status = 403
    advice = (
        "Add the missing policy statement for the portal; identity changes must go to the "
        "tenancy's home region."
    )


class BadRequest(CloudError):
    """400: OCI does not accept the values."""

    status = 400
    advice = "Correct the value that the message names and plan again."


class MissingServiceRights(BadRequest):
    """400 InsufficientServicePermissions: a service of OCI lacks a permission of its own."""

    advice = (
        "A policy must let the service work here: plan again to see whether it is there. A new one "
        "can take minutes to work."
    )


class LimitExceeded(CloudError):
    """400: a service limit of the tenancy is used up."""

    status = 400
    advice = (
        "Delete what is no longer needed, or ask for a higher limit (Governance > Limits, Quotas "
        "and Usage), then run it again."
    )


class QuotaExceeded(LimitExceeded):
    """400: a quota that the tenancy's own administrators set is used up."""

    advice = (
        "This quota is your own, not Oracle's: delete what is no longer needed, or have the quota "
        "policy of the compartment changed (Governance > Quota Policies)."
    )


class OutOfCapacity(CloudError):
    """500 Out of host capacity: OCI has no free hardware of this shape there."""

    status = 500
    outcome_unknown = True
    advice = (
        "No limit of yours is reached: OCI has no free hardware of this shape there now. Try "
        "later, or choose another shape, fault domain or availability domain."
    )


class Conflict(CloudError):
    """409: the resource is in a state that does not permit the change now."""

    status = 409
    advice = "Wait until the resource is at rest, then try again."


class AlreadyExists(CloudError):
    """409: the name is taken."""

    status = 409
    advice = "Adopt the existing resource (tag it as the portal's) or choose another name."


class TakenOrForbidden(AlreadyExists):
    """409 NotAuthorizedOrResourceAlreadyExists: OCI does not tell which."""

    advice = (
        "Two causes look the same: the name is taken by something that the portal cannot see, or "
        "the portal has no right to make it. Look the name up in the OCI console as an "
        "administrator; choose another, or add the missing policy statement."
    )


class ResourceLocked(Conflict):
    """409: the resource has a lock."""

    advice = (
        "Have the lock removed by its owner (the resource's page in the OCI console, Locks), then "
        "try again."
    )


class WrongTokenBody(CloudError):
    """409 InvalidatedRetryToken: the retry token was used before, with other values."""

    status = 409
    advice = "Look up what the first call made; then run the step again with a new generation."


class StaleEtag(CloudError):
    """412: the resource was changed between our read and our write."""

    status = 412
    advice = "Plan again: the new plan shows the other change."


class NotSupported(CloudError):
    """501: this endpoint does not know the operation."""

    status = 501
    advice = "This region or endpoint does not offer the operation; check the endpoint setting."


class Throttled(CloudError):
    """429: too many calls; certainly not done."""

    status = 429
    retryable = True
    advice = "The portal slows down and retries automatically."


class RateLimited(Throttled):
    """The portal keeps to the service's rate by itself; the request never left."""

    advice = "Nothing was changed. The portal retries automatically when there is capacity."


class Unavailable(CloudError):
    """5xx: OCI failed; the change may or may not have happened."""

    status = 500
    retryable = True
    outcome_unknown = True
    advice = (
        "The portal checks whether it happened and tries again by itself; see the OCI status page "
        "if it lasts."
    )


class NoAnswer(CloudError):
    """The request left, and no answer came back."""

    retryable = True
    outcome_unknown = True
    advice = (
        "The portal checks whether it happened and tries again by itself; if it lasts, check the "
        "network to OCI."
    )


class Unreachable(CloudError):
    """No connection: the request never left."""

    retryable = True
    advice = (
        "Nothing was changed. Check the network, the name resolution and the endpoint "
        "setting; the portal retries automatically."
    )


class BreakerOpen(CloudError):
    """Many calls to this service failed in a row, so the portal pauses; the request never left."""

    retryable = True
    advice = "Nothing was changed. The portal retries automatically when the pause is over."

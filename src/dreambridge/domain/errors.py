"""Every way a request can fail, as types.

GatewayError
├─ RequestError             the caller can fix it; never retried; nothing charged unless noted
│  ├─ InvalidRequest        the body, a header or a field cannot be read, or has an impossible value
│  │  └─ BodyTooLarge       more bytes than a request may carry
│  ├─ UnsupportedOption     the field is understood, but the model or site cannot do it
│  │  ├─ MethodNotAllowed   the address exists, the HTTP method does not
│  │  ├─ CostTooHigh        the forecast is more than max_credits allows
│  │  └─ CostUnknown        nobody knows the price, so max_credits cannot be kept to
│  ├─ InputUnusable         an input picture, video or sound cannot be used
│  ├─ NotAuthenticated      no credential, or none we know
│  ├─ NotPermitted          a known credential that may not do this
│  ├─ UnknownModel          no model of that name
│  ├─ JobNotFound           no such job, artifact, asset or address for this caller
│  │  └─ UnknownRoute       the address itself does not exist
│  ├─ JobCancelled          the job was cancelled by its owner
│  └─ ContentRefused        the site refuses the prompt, the input or the result
├─ CapacityError            the operator, or the owner of the account, can fix it
│  ├─ QueueFull             too many jobs wait, or the disk has no room
│  ├─ RateLimited           this server does not ask the sites that often
│  ├─ KeyLimited            a gateway key has as much under way, or made as much in a minute, as it may
│  ├─ SiteBusy              the site limits the rate of this account
│  ├─ OutOfCredit           the account cannot pay for this
│  │  └─ KeySpent           a gateway key has used up its credits of the day
│  ├─ SessionExpired        the session is no longer signed in
│  ├─ AccountBarred         the site has stopped this account
│  └─ NoAccountReady        no account can take the job now
├─ SiteError                the site failed us
│  ├─ SiteUnreachable       nothing was sent, or a read failed for good
│  ├─ SiteRefused           a refusal that is none of the above
│  ├─ GenerationFailed      accepted, then not made
│  ├─ AnswerUnreadable      the protocol moved
│  └─ SubmissionUnconfirmed sent, and never confirmed either way
├─ StillRunning             not a failure of the job: carries its id
└─ GatewayFault             our bug: opaque to the caller, complete in the log

Each answers three questions: who can fix it, may we try again, was it charged.
`engine/retries.py` reads only these answers.
"""

from enum import StrEnum
from typing import ClassVar


class Fixer(StrEnum):
    """Who can do something about an error."""

    CALLER = "caller"
    OPERATOR = "operator"
    SITE = "site"
    US = "gateway"


class Retry(StrEnum):
    """Whether the same work may be tried again, and where."""

    NEVER = "never"
    SAME = "same"
    OTHER = "other_account"
    LATER = "later"


class Charged(StrEnum):
    """Whether the account paid for what failed."""

    NO = "no"
    YES = "yes"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class GatewayError(Exception):
    """Describe a failure in the terms a caller, an operator and the engine need.

    `message` is safe to show to the caller: it holds no secret. `site_code` and `log_id` are the site's own words.
    `retry_after` is in seconds.
    """

    code: ClassVar[str] = "gateway_error"
    fixer: ClassVar[Fixer] = Fixer.US
    retry: Retry = Retry.NEVER
    charged: Charged = Charged.NO

    def __init__(  # noqa: PLR0913 - one value per question an error answers
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry: Retry | None = None,
        charged: Charged | None = None,
        site_code: str | None = None,
        log_id: str | None = None,
        retry_after: float | None = None,
        job_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.specific_code = code or type(self).code
        self.retry = retry or type(self).retry
        self.charged = charged or type(self).charged
        self.site_code = site_code
        self.log_id = log_id
        self.retry_after = retry_after
        self.job_id = job_id


class RequestError(GatewayError):
    """Report what the caller can fix."""

    fixer = Fixer.CALLER


class InvalidRequest(RequestError):
    """Report a body, header or field that cannot be read or has an impossible value."""

    code = "invalid_value"


class BodyTooLarge(InvalidRequest):
    """Report more bytes than a request may carry."""

    code = "body_too_large"


class UnsupportedOption(RequestError):
    """Report an option that is understood but cannot be done by this model, site or gateway."""

    code = "unsupported_option"


class MethodNotAllowed(UnsupportedOption):
    """Report an address that exists under another HTTP method."""

    code = "method_not_supported"


class CostTooHigh(UnsupportedOption):
    """Report a request that is forecast to cost more than its caller allows."""

    code = "max_credits_exceeded"


class CostUnknown(UnsupportedOption):
    """Report a request with a limit whose price nobody knows beforehand."""

    code = "cost_unknown"


class InputUnusable(RequestError):
    """Report an input picture, video or sound that cannot be used."""

    code = "invalid_image"


class NotAuthenticated(RequestError):
    """Report a missing credential, or one we do not know."""

    code = "invalid_api_key"


class NotPermitted(RequestError):
    """Report a known credential that may not do this."""

    code = "not_permitted"


class UnknownModel(RequestError):
    """Report a model name that nothing answers to."""

    code = "model_not_found"


class JobNotFound(RequestError):
    """Report a job, task, artifact or asset that does not exist for this caller."""

    code = "not_found"


class UnknownRoute(JobNotFound):
    """Report an address that does not exist."""

    code = "unknown_url"


class JobCancelled(RequestError):
    """Report a job that its owner cancelled."""

    code = "cancelled"


class ContentRefused(RequestError):
    """Report that the site refuses the prompt, an input or the result."""

    code = "content_policy_violation"


class CapacityError(GatewayError):
    """Report what the operator, or the owner of the account, can fix."""

    fixer = Fixer.OPERATOR


class QueueFull(CapacityError):
    """Report that too many jobs wait, or that the disk has no room for another."""

    code = "queue_full"
    retry = Retry.LATER


class RateLimited(CapacityError):
    """Report that this server asks the sites no more often than it already was made to in the last minute."""

    code = "too_many_requests"
    retry = Retry.LATER


class KeyLimited(CapacityError):
    """Report that a gateway key has as many jobs under way, or made as many in a minute, as it may."""

    code = "concurrency_limit"
    retry = Retry.LATER


class SiteBusy(CapacityError):
    """Report that the site limits the rate or the number of parallel jobs of this account."""

    code = "rate_limit_exceeded"
    retry = Retry.LATER


class OutOfCredit(CapacityError):
    """Report that the account cannot pay for this, or has no right to this model or resolution."""

    code = "insufficient_quota"
    retry = Retry.OTHER


class KeySpent(OutOfCredit):
    """Report that a gateway key has used up its credits of the day; they come back at midnight, not in a minute."""

    retry = Retry.NEVER


class SessionExpired(CapacityError):
    """Report a session that is no longer signed in on its site.

    `from_request` says that the session came with the request, so that the caller can replace it.
    """

    code = "session_expired"
    retry = Retry.OTHER
    from_request: bool = False


class AccountBarred(CapacityError):
    """Report that the site has stopped this account; we stop using it at once.

    `from_request` says that the session came with the request.
    """

    code = "account_barred"
    retry = Retry.OTHER
    from_request: bool = False


class NoAccountReady(CapacityError):
    """Report that no account can take the job now."""

    code = "no_account_ready"
    retry = Retry.LATER


class SiteError(GatewayError):
    """Report a failure of the site."""

    fixer = Fixer.SITE


class SiteUnreachable(SiteError):
    """Report that a call never left us, or that a read failed for good."""

    code = "site_unreachable"
    retry = Retry.SAME


class SiteRefused(SiteError):
    """Report a refusal of the site that fits no other class."""

    code = "site_refused"


class GenerationFailed(SiteError):
    """Report a generation that the site accepted and did not make."""

    code = "generation_failed"
    charged = Charged.UNKNOWN


class AnswerUnreadable(SiteError):
    """Report an answer we cannot read: the protocol moved."""

    code = "answer_unreadable"


class SubmissionUnconfirmed(SiteError):
    """Report a paid call whose outcome nobody could confirm."""

    code = "submission_unconfirmed"
    charged = Charged.UNKNOWN


class StillRunning(GatewayError):
    """Report that the wait ended before the job did; the job goes on and can be fetched by its id."""

    code = "still_running"
    fixer = Fixer.CALLER
    charged = Charged.UNKNOWN


class GatewayFault(GatewayError):
    """Report a bug of ours."""

    code = "internal_error"

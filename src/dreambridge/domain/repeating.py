"""Whether a request that failed should be sent again."""

from dreambridge.domain import errors as e


def is_retryable(error: e.GatewayError) -> bool:
    """Tell whether sending the same request again is both safe and promising.

    `OTHER` is a word for the engine, which has other accounts to try; the caller has not.
    """
    again = error.retry in {e.Retry.SAME, e.Retry.LATER}
    return again and error.charged in {e.Charged.NO, e.Charged.REFUNDED}

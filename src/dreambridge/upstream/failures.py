"""The two ways a call can be lost: before any byte left, or after."""


class NeverSentError(Exception):
    """Report that no byte of a call left us: name, connection, proxy, TLS or pool failed, or its time had passed."""


class MaybeSentError(Exception):
    """Report that a call may have reached the site and that its whole answer did not reach us."""


class AnswerTooLargeError(MaybeSentError):
    """Report an answer with more bytes than we are willing to hold."""

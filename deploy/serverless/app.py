"""The module that a serverless host is pointed at; see README.md beside it."""

from dreambridge.wiring.serverless import app

__all__ = ["app"]

"""`/metrics`: what Prometheus reads, counted in this process; no label names a caller, an account or a job."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from dreambridge import __version__
from dreambridge.engine.census import Census

# From an answer out of memory to a video that is waited for (s).
_BUCKETS: Final = (0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 900, 3600)
# Methods that a route here takes; another one may be any text.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"


class _Engine(Collector):
    """Count jobs and accounts at the moment of reading."""

    def __init__(self, census: Census) -> None:
        self._census = census

    def collect(self) -> Iterable[Metric]:
        """Give the figures."""
        version = GaugeMetricFamily("dreambridge_info", "The version that runs.", labels=("version",))
        version.add_metric((__version__,), 1)
        yield version
        still = GaugeMetricFamily("dreambridge_jobs_open", "Jobs that have not ended.", labels=("kind", "state"))
        for labels, count in self._census.open_jobs().items():
            still.add_metric(labels, count)
        yield still
        ended = CounterMetricFamily(
            "dreambridge_jobs_ended", "Jobs ended since the start.", labels=("kind", "state", "code")
        )
        for ending, count in self._census.ended_jobs().items():
            ended.add_metric(ending, count)
        yield ended
        accounts = GaugeMetricFamily(
            "dreambridge_accounts", "Accounts whose sessions are held.", labels=("site", "health")
        )
        for labels, count in self._census.accounts().items():
            accounts.add_metric(labels, count)
        yield accounts


class Metrics:
    """The figures of one application."""

    def __init__(self, census: Census) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "dreambridge_http_request_seconds",
            "Requests by route and status, until their last byte was sent.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_Engine(census))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def observe(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request in; `route` is the template, `None` where no route was found."""
        told = method if method in _METHODS else _OTHER
        self._requests.labels(told, route or _OTHER, str(status)).observe(seconds)

    async def answer(self, _: Request) -> Response:
        """Answer in Prometheus' text format; wants no credential."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

# The gateway as a container: two stages, an ordinary user, one volume.
#
#   docker build -t dreambridge .
#   docker run --rm -p 127.0.0.1:8000:8000 -v dreambridge:/data -e DREAMBRIDGE_ALLOW_SESSION_TOKENS=true dreambridge
#
# Without that last setting it refuses to start, because a container always listens beyond loopback: docs/deployment.md.
# VERSION and REVISION only label the image. UID and GID are whose /data is, and as whom the gateway runs.

FROM python:3.12-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/dreambridge && install -d -m 0700 /data
# First what changes seldom: the packages, each by its hash, and of those for development none.
COPY requirements.runtime.lock ./
RUN /opt/dreambridge/bin/pip install --require-hashes -r requirements.runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/dreambridge/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
ARG UID=10001
ARG GID=10001
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dreambridge" \
      org.opencontainers.image.description="A self-hosted, OpenAI-compatible gateway to Jimeng and Dreamina" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=builder /opt/dreambridge /opt/dreambridge
COPY --from=builder --chown=${UID}:${GID} /data /data
ENV PATH=/opt/dreambridge/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DREAMBRIDGE_HOST=0.0.0.0 \
    DREAMBRIDGE_PORT=8000 \
    DREAMBRIDGE_DATA_DIR=/data \
    DREAMBRIDGE_LOG_FORMAT=json
# A dreambridge.toml in the volume is read: settings files are looked for where the server is started.
WORKDIR /data
VOLUME ["/data"]
# A number, so that a cluster can see that it is not root's.
USER ${UID}:${GID}
EXPOSE 8000
# It drains answers for DREAMBRIDGE_SHUTDOWN_SECONDS (10): give `docker stop` more than that (-t 20).
STOPSIGNAL SIGTERM
# Asked without the proxies of the environment. The long start period is for a migration.
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:%s/readyz' % os.environ['DREAMBRIDGE_PORT'], timeout=5)"]
ENTRYPOINT ["dreambridge"]
CMD ["serve"]

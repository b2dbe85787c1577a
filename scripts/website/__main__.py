"""Build the site into build/site; with `--serve`, show it on this machine afterwards."""

import functools
import http.server
import sys

from scripts.website.build import TARGET, SiteError, build
from scripts.website.pages import DeadLinkError

PORT = 8010


def serve() -> None:
    """Show the site until the command is stopped."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(TARGET))
    with http.server.ThreadingHTTPServer(("127.0.0.1", PORT), handler) as server:
        print(f"The site: http://127.0.0.1:{PORT}/ and http://127.0.0.1:{PORT}/zh/ (stop with Ctrl+C)")
        server.serve_forever()


def main() -> None:
    """Do what the command line asks."""
    try:
        build()
    except (SiteError, DeadLinkError) as error:
        sys.exit(str(error))
    print(f"Built {TARGET}")
    if "--serve" in sys.argv[1:]:
        serve()


if __name__ == "__main__":
    main()

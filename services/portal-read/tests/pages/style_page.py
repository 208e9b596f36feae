"""`make styles`: every page and state of the portal in both languages, on this machine alone.

Its own little server shows the samples of the tests with the product's templates, styles and scripts, made
anew by each start. It lies among tests, which are in no image, and knows no service: nothing of it can be
reached in production.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chassis.web import CONTENT_SECURITY_POLICY
from shown_states import SEASONS, file_at, shown_states

PORT = 8077
_HTML = "text/html; charset=utf-8"
_INDEX = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Every page and state</title>
<h1>Every page and state</h1>
<p>Light and dark follow the browser. Forms lead nowhere here.</p>
<ul>
{items}</ul>
</html>
"""


class StyleSite:
    """What is shown at which path: `/`, `/en/dashboard`, `/ja/dashboard`, and the files of the pages."""

    def __init__(self) -> None:
        self._pages: Mapping[str, Mapping[str, str]] = {locale: shown_states(locale) for locale in SEASONS}

    def at(self, path: str) -> tuple[int, bytes, str]:
        """Status, body and type of what lies at a path."""
        if path == "/":
            return HTTPStatus.OK, self._index().encode(), _HTML
        _, locale, name = (*path.split("/"), "", "")[:3]
        if page := self._pages.get(locale, {}).get(name):
            return HTTPStatus.OK, page.encode(), _HTML
        if file := file_at(path):
            return HTTPStatus.OK, *file
        return HTTPStatus.NOT_FOUND, b"Nothing is here. Go back to the list.", "text/plain"

    def _index(self) -> str:
        names = sorted({name for shown in self._pages.values() for name in shown})
        return _INDEX.format(items="".join(map(self._item, names)))

    def _item(self, name: str) -> str:
        links = (
            f'<a href="/{locale}/{escape(name)}" lang="{locale}">{locale}</a>'
            for locale, shown in self._pages.items()
            if name in shown
        )
        return f"<li>{escape(name)} {' '.join(links)}</li>\n"


def style_server(port: int = 0) -> ThreadingHTTPServer:
    """The site on this machine's own address, not yet serving."""
    site = StyleSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, kind = site.at(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    """Serve until Ctrl-C."""
    with style_server(int(os.environ.get("PORT", PORT))) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()

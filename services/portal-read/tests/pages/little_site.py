"""A little server of pages, assets and events, which remembers what was posted to it."""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page
from portal_read import pages

CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"


@dataclass
class Site:
    """What the little server serves, and what was posted to it.

    `headers` are more of a page's own, `posted_headers` of the answer to a form, `worker` every portal's
    service worker. While it is `away` it answers nobody; `asked` are the paths that were asked for.
    """

    pages: dict[str, str] = field(default_factory=dict[str, str])
    events: Queue[str] = field(default_factory=Queue[str])
    posted: list[dict[str, list[str]]] = field(default_factory=list[dict[str, list[str]]])
    headers: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    posted_headers: dict[str, str] = field(default_factory=dict[str, str])
    worker: bytes = field(default_factory=lambda: pages.worker_script(on=True))
    away: bool = False
    asked: list[str] = field(default_factory=list[str])
    origin: str = ""


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            site.asked.append(path)
            if site.away:
                self.close_connection = True
                return
            asset = pages.asset_named(path.removeprefix("/portal/assets/"))
            if path.endswith("/live"):
                self.stream()
            elif asset:
                self.answer(asset.body, asset.content_type)
            elif path.endswith("/sw.js"):
                scope = path.removesuffix("/sw.js")
                self.answer(site.worker, "text/javascript", more={"Service-Worker-Allowed": scope})
            elif path in site.pages:
                more = site.headers.get(path, {})
                status = int(more.get("status", "200"))
                self.answer(site.pages[path].encode(), "text/html; charset=utf-8", status, more)
            else:
                self.answer(b"", "text/css", 200 if "theme" in path else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            site.posted.append(parse_qs(body))
            self.answer(b"<title>posted</title>", "text/html; charset=utf-8", more=site.posted_headers)

        do_HEAD = do_GET  # noqa: N815 - as http.server names it

        def answer(
            self, body: bytes, content_type: str, status: int = 200, more: Mapping[str, str] | None = None
        ) -> None:
            self.send_response(status)
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b": open\n\n")
            self.wfile.flush()
            while (event := next_event(site)) is not None:
                self.wfile.write(f"event: {event}\ndata: 1\n\n".encode())
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            pass

    return Handler


def next_event(site: Site) -> str | None:
    try:
        return site.events.get(timeout=20)
    except Empty:
        return None


@contextmanager
def serving() -> Generator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(site))
    server.daemon_threads = True
    site.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def opened(browser: Browser, site: Site, path: str, width: int = 390) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.set_default_timeout(8000)
    page.goto(site.origin + path)
    return page

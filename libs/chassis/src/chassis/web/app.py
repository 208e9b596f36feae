"""What every HTTP app of ours has: strict headers, refusal of cross-site posts, problems, health, traces."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observability import health, security_log, telemetry
from chassis.observability.metrics import Histogram
from chassis.origins import host_of
from chassis.settings.base import ServiceSettings
from chassis.web.answers import Refusals, cross_site, failed, install
from chassis.web.requests import client_networks, without_port
from chassis.web.routes import ROUTE_SCOPE
from chassis.web.signed_cookie import SignedCookie

log = structlog.get_logger(__name__)

_PROBED = ("/health/", "/metrics", "/internal/session-ends")
"""Asked all day long by probes, Prometheus and our own polls: no span, no line, no measure."""
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_seconds = Histogram(
    __name__,
    "portal_request_seconds",
    "from a request's head to the head of its answer; `route` is its template, `none` where there is none",
    "method",
    "route",
    "status",
)
_SERVERS_FAULT = 500
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""What every answer says unless it brings a policy of its own."""
INDEXED = {"X-Robots-Tag": "all"}
"""What an answer says that search engines may show. All others are for whoever they are sent to."""
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


# FastAPI would put more server spans around ours, with the path in them and so ids of customers, measure each
# request a second time, and record the text of errors. That costs a 304 a quarter of its time.
_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


class _Guard:
    """One pass over each request: trace, cross-site refusal, headers."""

    def __init__(
        self, app: ASGIApp, *, public_origin: str, secure: bool, access_log: bool, proxy_hops: int
    ) -> None:
        self._app = app
        self._proxy_hops = proxy_hops
        self._access_log = access_log
        self._scheme, self._host = urlsplit(public_origin).scheme, host_of(public_origin)
        self._headers = dict(_HEADERS)
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        security_log.begin_request(lambda: client_networks(Request(scope), self._proxy_hops)[0])
        if scope["path"].startswith(_PROBED):
            await self._answer(scope, receive, send, headers)
            return
        with telemetry.span(scope["method"], parent=headers.get("traceparent"), kind=SpanKind.SERVER) as span:
            await self._answer(scope, receive, send, headers, span)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, span: Span | None = None
    ) -> None:
        """Answer one request; what is told of it goes to its span, if it has one."""
        began, seconds, status = time.perf_counter(), 0.0, 0

        async def with_headers(message: Message) -> None:
            nonlocal seconds, status
            if message["type"] == "http.response.start":
                seconds, status = time.perf_counter() - began, message["status"]
                message_headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    message_headers.setdefault(name, value)
                if self._secure:
                    message_headers.setdefault("Strict-Transport-Security", self._https_alone(headers))
            await send(message)

        try:
            if self._cross_site(scope["method"], headers):
                await cross_site()(scope, receive, with_headers)
            else:
                await self._app(scope, receive, with_headers)
        except Exception as error:
            log.error("http.failed", method=scope["method"], exc_info=error)
            if status:
                raise  # the server closes the connection: a cut answer must not look whole
            await failed(headers.get("accept", ""))(scope, receive, with_headers)
        finally:
            if span:
                _tell(span, scope, status, seconds)
                if self._access_log:
                    ms = round((time.perf_counter() - began) * 1000, 1)
                    log.info("http.request", method=scope["method"], path=_shown(scope), status=status, ms=ms)

    def _cross_site(self, method: str, headers: Headers) -> bool:
        """Browsers say where a post comes from; a client that sends no cookie has nothing to steal.

        A post has to come from a page of the very host that it goes to: a business's domain is another site
        than the platform.
        """
        if method in _SAFE_METHODS:
            return False
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        own = f"{self._scheme}://{headers.get('host', '')}"
        return headers.get("origin", own) != own

    def _https_alone(self, headers: Headers) -> str:
        """That this host speaks HTTPS alone, and for the platform's all below it, too.

        What lies below a business's own domain is not ours to close to plain HTTP.
        """
        on_platform = without_port(headers.get("host", "")) == self._host
        return "max-age=31536000; includeSubDomains" if on_platform else "max-age=31536000"


def _tell(span: Span, scope: Scope, status: int, seconds: float) -> None:
    """What came of a request, by the template of its route: its path names customers and their invoices.

    Of whoever went away before an answer began, nothing is measured.
    """
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = str(scope.get(ROUTE_SCOPE, "none"))
    if status:
        _seconds.record(seconds, method=method, route=route, status=str(status))
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route})
    if status:
        span.set_attribute("http.response.status_code", status)
    if status >= _SERVERS_FAULT:
        telemetry.mark_failed(span, str(status))


def _shown(scope: Scope) -> str:
    """The path of a request as its log has it: a `token` in it is a key, to whoever reads the log, too."""
    path, token = str(scope["path"]), str(scope.get("path_params", {}).get("token", ""))
    return path.replace(token, "{token}") if token else path


def create_app(
    title: str,
    settings: ServiceSettings,
    *,
    checks: Mapping[str, health.Check],
    refusals: Refusals = MappingProxyType({}),
    flash: SignedCookie | None = None,
    starting: Sequence[Callable[[], Awaitable[None]]] = (),
    closing: Sequence[Callable[[], Awaitable[None]]] = (),
) -> FastAPI:
    """A FastAPI app of the house. `starting` and `closing` run with the process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        for start in starting:
            await start()
        yield
        for close in closing:
            await close()

    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        telemetry=_TELEMETRY,
    )
    app.router.routes.extend(health.routes(checks))
    install(app, refusals, flash)
    app.add_middleware(
        _Guard,
        public_origin=settings.public_origin,
        secure=settings.portal_profile == "production",
        access_log=settings.access_log,
        proxy_hops=settings.trusted_proxy_hops,
    )
    return app

"""`make messages`: every message in both languages, mail by day and at night, its plain part, its text.

Its own little server shows the samples of the tests with the product's templates, made anew by each start. It
lies among tests, which are in no image: nothing of it can be reached in production.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chassis.words.languages import LOCALES
from message_samples import CODES, SAMPLES, style_of
from notifier.domain.kinds import KINDS
from notifier.messages import sms

PORT = 8078
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, "Noto Sans JP", sans-serif; margin: 1rem; }}
body {{ background: #eceff1; color: #101315; }}
.row {{ display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; }}
@media (max-width: 900px) {{ .row {{ grid-template-columns: minmax(0, 1fr); }} }}
iframe {{ width: 100%; height: 680px; border: 0; background: #fff; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; padding: .75rem; margin: 0; }}
h2 {{ font-size: 15px; margin: 1rem 0 .25rem; }}
</style>
{body}
</html>
"""
_MEDIA = "@media (prefers-color-scheme: dark)"


def listed() -> Sequence[str]:
    """Every sample, in the order of the table of kinds; a kind without one is listed all the same."""
    kinds = (*CODES, *KINDS)
    return [name for kind in kinds for name in (_names_of(kind) or [kind])]


def _names_of(kind: str) -> list[str]:
    return [name for name in SAMPLES if name.partition(":")[0] == kind]


def length_of(text: str) -> str:
    """How long a text message is, as networks count."""
    parts = "1 part" if sms.is_one_part(text) else "more than 1 part"
    counted = f"{sms.septets(text)} septets" if sms.is_gsm(text) else f"{sms.units(text)} units"
    return f"{counted}, {parts}"


def message_page(name: str) -> str:
    """Everything of one sample."""
    return _PAGE.format(title=escape(name), body=f"<h1>{escape(name)}</h1>\n{''.join(_parts(name))}")


def _parts(name: str) -> Iterator[str]:
    if name not in SAMPLES:
        yield "<p>No sample yet: add one to <code>message_samples.py</code>.</p>"
        return
    written = {locale: SAMPLES[name](style_of(locale, name)) for locale in LOCALES}
    yield '<div class="row">'
    for locale, message in written.items():
        for scheme, media in (("light", "@media not all"), ("dark", "@media all")):
            mail = escape(message.email.html.replace(_MEDIA, media))
            title = f"{locale}, {scheme}: {message.email.subject}"
            yield f'<div><h2>{escape(title)}</h2><iframe srcdoc="{mail}"></iframe></div>'
    yield '</div><div class="row">'
    for locale, message in written.items():
        yield f'<div><h2>{locale}, plain</h2><pre lang="{locale}">{escape(message.email.text)}</pre></div>'
        if message.text:
            title = f"{locale}, text message: {length_of(message.text)}"
            yield f'<div><h2>{title}</h2><pre lang="{locale}">{escape(message.text)}</pre></div>'
        else:
            yield f"<div><h2>{locale}: by mail alone</h2></div>"
    yield "</div>"


def index_page() -> str:
    """A link to each sample."""
    items = "".join(f'<li><a href="/{escape(name)}">{escape(name)}</a></li>\n' for name in listed())
    return _PAGE.format(title="Every message", body=f"<h1>Every message</h1>\n<ul>\n{items}</ul>")


def page_at(path: str) -> tuple[int, str]:
    """Status and page of what lies at a path."""
    name = path.removeprefix("/")
    if not name:
        return HTTPStatus.OK, index_page()
    if name in listed():
        return HTTPStatus.OK, message_page(name)
    return HTTPStatus.NOT_FOUND, "Nothing is here. Go back to the list."


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text = page_at(self.path.partition("?")[0])
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        pass


def main() -> None:
    """Serve on this machine's own address until Ctrl-C."""
    with ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", PORT))), _Handler) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()

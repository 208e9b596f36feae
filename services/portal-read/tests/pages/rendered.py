"""Reads a rendered page as a person would: its words, its links, its forms."""

import re
from html.parser import HTMLParser

_APART = {"br", "dd", "dt", "h1", "h2", "h3", "li", "p", "small", "td", "text", "th"}


class Page(HTMLParser):
    """`text` has single spaces, and nothing of a template; `tags` are in the order of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._pieces: list[str] = []
        self._in_template = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_template |= tag == "template"
        if tag in _APART:
            self._pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._in_template &= tag != "template"

    def handle_data(self, data: str) -> None:
        if not self._in_template:
            self._pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self._pieces)).strip()

    def all(self, tag: str, attribute: str) -> list[str]:
        """The attribute's values on every such tag that has it."""
        return [
            value for name, attrs in self.tags if name == tag and (value := attrs.get(attribute)) is not None
        ]

    def says(self, *expected: str) -> bool:
        """Whether every piece of text is on the page, no-break spaces counted as spaces."""
        missing = [piece for piece in expected if piece.replace("\u00a0", " ") not in self.text]
        assert not missing, f"not on the page: {missing}\n{self.text}"
        return True

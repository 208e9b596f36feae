"""What a browser sends when somebody presses a button of a page."""

from html.parser import HTMLParser

import httpx


class PageForms(HTMLParser):
    """The forms of a page, by what their buttons say: where each goes, and what it sends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.buttons: dict[str, tuple[str, dict[str, str]]] = {}
        self._action, self._fields, self._button, self._select = "", dict[str, str](), dict[str, str](), ""
        self._in_button = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect fields as they stand: a select sends its first option."""
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._action, self._fields = given["action"], {}
        elif tag == "input":
            self._fields[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option":
            self._fields.setdefault(self._select, value)
        elif tag == "button":
            self._in_button, self._button = True, {name: value} if name else {}

    def handle_data(self, data: str) -> None:
        """A button is known by what it says."""
        if self._in_button:
            self.buttons[data] = self._action, self._fields | self._button
            self._in_button = False


async def press(http: httpx.AsyncClient, path: str, button: str, **typed: str) -> httpx.Response:
    """Open a page, fill in what is typed, press the button."""
    shown = await http.get(path)
    assert shown.status_code == 200
    action, fields = PageForms(shown.text).buttons[button]
    assert typed.keys() <= fields.keys()
    return await http.post(action, data=fields | typed)

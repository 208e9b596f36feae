"""How texts end, at the end of the first one to a number. Pure."""

from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


def stop_note(style: MessageStyle, *, takes_replies: bool) -> str:
    """By a reply; where nobody can reply to the sender, on the page that says what can be switched off."""
    url = "" if takes_replies else style.settings_url
    return render(style.locale, "layout", "stop.txt", url=url).strip()

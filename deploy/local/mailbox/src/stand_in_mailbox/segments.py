"""How many SMS a text takes (3GPP TS 23.038): 160 GSM characters or 70 of UCS-2, fewer when joined."""

GSM_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€")


def segments(text: str) -> int:
    """Return the number of SMS for `text`, at least 1."""
    if set(text) <= GSM_BASIC | GSM_EXTENDED:
        units = sum(2 if character in GSM_EXTENDED else 1 for character in text)
        return _count(units, alone=160, joined=153)
    return _count(len(text.encode("utf-16-be")) // 2, alone=70, joined=67)


def _count(units: int, *, alone: int, joined: int) -> int:
    return 1 if units <= alone else -(-units // joined)

"""What people type into the two fields of sign-in, and what each spelling means: one table for every reader.

auth-otp reads all of them; the script of the code page reads the codes, in Chromium.
"""

from typing import Final, NamedTuple


class Spelling(NamedTuple):
    """`means` is the code or address that is read, None for what is refused; `country` is the business's."""

    typed: str
    means: str | None
    country: str = "JP"


CODES: Final[tuple[Spelling, ...]] = (
    # Six digits, however they were typed.
    Spelling("482913", "482913"),
    Spelling("012345", "012345"),
    Spelling("０１２３４５", "012345"),
    Spelling(" 012 345 ", "012345"),
    Spelling("012-345", "012345"),
    Spelling("012ー345", "012345"),
    Spelling("012ｰ345", "012345"),
    Spelling("01–23—45", "012345"),
    Spelling("0 1 2 3 4 5", "012345"),
    Spelling("1234 56", "123456"),
    Spelling("\u3000012345\n", "012345"),
    Spelling("012\t345", "012345"),
    Spelling("012\u00a0345", "012345"),
    # What clipboards and keyboards add, seen or not.
    Spelling("482913\u200b", "482913"),
    Spelling("\ufeff482913\u2060", "482913"),
    Spelling("48\u00ad2913", "482913"),
    Spelling("\u2068482913\u2069", "482913"),
    Spelling("482913\x00", "482913"),
    Spelling("4\ufe0e82913", "482913"),
    Spelling("482913.", "482913"),
    Spelling("482913。", "482913"),
    Spelling("「482 913」", "482913"),
    Spelling("#482913", "482913"),
    # Eight and sixteen.
    Spelling("04271983", "04271983"),
    Spelling("0427 1983", "04271983"),
    Spelling("0427-1983.", "04271983"),
    Spelling("042 719 83", "04271983"),
    Spelling("４２７１９８３０", "42719830"),
    Spelling("0427198312345678", "0427198312345678"),
    Spelling("0427 1983 1234 5678", "0427198312345678"),
    Spelling("0427-1983-1234-5678", "0427198312345678"),
    # Whole messages, from businesses with digits in their names and hosts.
    Spelling("24/7 Fx Cleaning: your code is 404849", "404849"),
    Spelling("24/7 Fx Cleaning: your code is 404849\n\n@my.mail.example #404849", "404849"),
    Spelling("24/7 Fx Cleaning: your code is 404849  @my.mail.example #404849", "404849"),
    Spelling("Taxi 247247: your code is 404849\n\n@taxi.example #404849", "404849"),
    Spelling("Fx 4U: your code is 404849\n\n@247247.example #404849", "404849"),
    Spelling("ひかり24清掃 確認コード：404849\n\n@my24.mail.example #404849", "404849"),
    Spelling("365日清掃 確認コード：０４２７１９８３", "04271983"),
    Spelling("確認コード：404849です。有効時間は10分です。", "404849"),
    Spelling(
        "Your sign-in code\n404849\nIt works for 10 minutes, in the browser that asked for it.", "404849"
    ),
    Spelling("ログイン用の確認コード\n0427 1983\n有効時間は10分です。", "04271983"),
    Spelling("Your code is 404849. Questions? Call (212) 555-0142.", "404849"),
    Spelling("コード：404849\nお問い合わせ 03-1234-5678", "404849"),
    Spelling("Your code is 04271983. Not you? https://my.mail.example/n/123456", "04271983"),
    Spelling("Your code is 404849. Questions? Write to 123456@qq.example.", "404849"),
    Spelling("Code 0427 1983 1234 5678, until 10:52", "0427198312345678"),
    Spelling("404849\n10 minutes", "404849"),
    Spelling("404849 is your code, I mean 404849", "404849"),
    # No code, or no single answer.
    Spelling("", None),
    Spelling("12345", None),
    Spelling("1234567", None),
    Spelling("123456789", None),
    Spelling("12345a", None),
    Spelling("a123456", None),
    Spelling("१२३४५६", None),
    Spelling("1" * 100, None),
    Spelling("24/7 Fx Cleaning: your code is", None),
    Spelling("Taxi 247247: your code is 404849", None),
    Spelling("404849 or 482913", None),
    Spelling("Call 090-1234-5678", None),
    Spelling("2026-11-30 10:42", None),
    Spelling("Studio 54 404849", None),
    Spelling("https://my.mail.example/n/404849", None),
    Spelling("404849@mail.example", None),
)

PHONES: Final[tuple[Spelling, ...]] = (
    Spelling("090-1234-5678", "+819012345678"),
    Spelling("09012345678", "+819012345678"),
    Spelling("０９０ー１２３４ー５６７８", "+819012345678"),
    Spelling("090ｰ1234ｰ5678", "+819012345678"),
    Spelling("（０９０）１２３４−５６７８", "+819012345678"),
    Spelling("090・1234・5678", "+819012345678"),
    Spelling("090 1234 5678\u200e", "+819012345678"),
    Spelling("090-1234-5678.", "+819012345678"),
    Spelling("090-1234-5678。", "+819012345678"),
    Spelling("+81 90 1234 5678", "+819012345678", "US"),
    Spelling("＋８１ ９０ １２３４ ５６７８", "+819012345678", "GB"),
    Spelling("+81 (0)90-1234-5678", "+819012345678", "US"),
    Spelling("819012345678", "+819012345678"),
    Spelling("010-81-90-1234-5678", "+819012345678"),
    Spelling("tel:+81-90-1234-5678", "+819012345678", "US"),
    Spelling("TEL:090-1234-5678", "+819012345678"),
    Spelling("tel:+819012345678;ext=5", "+819012345678"),
    Spelling("山田 花子 <090-1234-5678>", "+819012345678"),
    Spelling("(415) 555-0100", "+14155550100", "US"),
    Spelling("415.555.0100", "+14155550100", "US"),
    Spelling("1 415 555 0100", "+14155550100", "US"),
    Spelling("604-555-0123", "+16045550123", "US"),  # Canada
    Spelling("876 234 5678", "+18762345678", "US"),  # Jamaica
    Spelling("07797 712366", "+447797712366", "GB"),  # Jersey
    Spelling("+44 (0)7797 712366", "+447797712366", "GB"),
    Spelling("0044 7797 712366", "+447797712366", "GB"),
    Spelling("011 44 7797 712366", "+447797712366", "US"),
    Spelling("340 123 4567", "+393401234567", "VA"),
    Spelling("8 701 123-45-67", "+77011234567", "RU"),  # Kazakhstan
    Spelling("41 23 45 67", "+4741234567", "SJ"),
    Spelling("555-0100", None, "US"),
    Spelling("77 97 12", None, "GB"),
    Spelling("12", None),
    Spelling("1" * 30, None),
    Spelling("090-1234-5678 ext. 5", None),
    Spelling("०९०१२३४५६७८", None),
)

EMAILS: Final[tuple[Spelling, ...]] = (
    Spelling("ann@mail.example", "ann@mail.example"),
    Spelling(" Ann@Mail.Example ", "ann@mail.example"),
    Spelling("ａｎｎ＠ｍａｉｌ．ｅｘａｍｐｌｅ", "ann@mail.example"),
    Spelling("ann@mail。example", "ann@mail.example"),
    Spelling("an\u200bn@mail.example\ufeff", "ann@mail.example"),
    Spelling("ann@mail.example.", "ann@mail.example"),
    Spelling("ann@mail.example。", "ann@mail.example"),
    Spelling("ann@mail.example;", "ann@mail.example"),
    Spelling("Ann Fx <ann@mail.example>", "ann@mail.example"),
    Spelling('"Fx, Ann" <ann@mail.example>;', "ann@mail.example"),
    Spelling("山田 花子＜hanako@mail.example＞", "hanako@mail.example"),
    Spelling("<ann@mail.example>", "ann@mail.example"),
    Spelling("ann@work.example <ann@mail.example>", "ann@mail.example"),
    Spelling("mailto:ann@mail.example", "ann@mail.example"),
    Spelling("MAILTO:ann@mail.example?subject=Hi", "ann@mail.example"),
    Spelling("mailto:ann%2Bhome@mail.example", "ann+home@mail.example"),
    Spelling("Ann Fx <mailto:ann@mail.example>", "ann@mail.example"),
    Spelling("taro@日本語.example", "taro@xn--wgv71a119e.example"),
    Spelling("taro@例え。jp", "taro@xn--r8jz45g.jp"),
    Spelling("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    Spelling("ann@faß.example", "ann@xn--fa-hia.example"),
    Spelling("ann@xn--fa-hia.example", "ann@xn--fa-hia.example"),
    Spelling("a..b@docomo.example", "a..b@docomo.example"),
    Spelling("trailing.@docomo.example", "trailing.@docomo.example"),
    Spelling("", None),
    Spelling("@", None),
    Spelling("ann@", None),
    Spelling("@mail.example", None),
    Spelling("ann@mail", None),
    Spelling("ann@mail.example..", None),
    Spelling("an n@mail.example", None),
    Spelling("ann@home@mail.example", None),
    Spelling("ann@mail.example, bob@mail.example", None),
    Spelling("Ann <ann@mail.example> <bob@mail.example>", None),
    Spelling("ann@mail.example\nBcc: x@mail.example", None),
    Spelling("ann@ma il.example", None),
    Spelling("ann@-mail.example", None),
    Spelling("mailto:", None),
    Spelling("hello", None),
)

"""The way in: forms that work without scripts, errors that say what to do next."""

from dataclasses import replace

import msgspec
import pytest
import servicehub_events as e
from page_samples import HANNAH, SPARKLE, US_CONTEXT, WHITFIELD
from page_samples_japan import CLINIC, JP_CONTEXT
from portal_read import pages
from portal_read.pages import FlashMessage
from rendered import Page

OUTSIDE = replace(US_CONTEXT, contact=None, customer=None, path="/portal/sparkle-home/sign-in")


def test_sign_in_asks_for_one_thing_and_says_what_will_happen() -> None:
    page = Page(pages.sign_in(OUTSIDE))
    assert page.says(
        "Sign in with a code", "The one you gave Sparkle Home. We’ll send a 6-digit code. No password."
    )
    assert page.all("form", "action")[1:] == [
        "/auth/sparkle-home/codes",
        "/auth/sparkle-home/passkeys/sessions",
    ]
    assert page.all("input", "name") == ["return", "address", "credential"]


def test_a_failed_form_keeps_what_was_typed_and_ties_the_error_to_the_field() -> None:
    html = pages.sign_in(OUTSIDE, "hannah@", FlashMessage("address_invalid"))
    field = next(attrs for tag, attrs in Page(html).tags if attrs.get("id") == "address" and tag == "input")
    assert field["value"] == "hannah@"
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "error hint"
    assert 'id="error" role="alert"' in html
    assert "<title>Error: Sign in · Sparkle Home</title>" in html


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    def text(locale: str, tries: str) -> str:
        notice = FlashMessage("code_wrong", {"tries_left": tries})
        return Page(pages.code(replace(OUTSIDE, locale=locale), "h@mail.example", notice)).text

    assert "That code isn’t right. 3 tries left. Check the newest message, or send another code." in text(
        "en", "3"
    )
    assert "1 try left." in text("en", "1")
    assert (
        "確認コードが違います。あと3回入力できます。最新のメッセージを確認するか、再送してください。"
        in text("ja", "3")
    )
    assert "tries left" not in text("en", "many")


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        ("1", "try again in 1 second.", "1秒後に"),
        ("58", "try again in 58 seconds.", "58秒後に"),
        ("91", "try again in 2 minutes.", "2分後に"),
        ("7200", "try again in 2 hours.", "2時間後に"),
    ],
)
def test_who_must_wait_is_told_how_long(seconds: str, english: str, japanese: str) -> None:
    notice = FlashMessage("resend_too_soon", {"seconds": seconds})
    assert Page(pages.code(OUTSIDE, None, notice)).says("A code was sent a moment ago.", english)
    assert Page(pages.code(replace(OUTSIDE, locale="ja"), None, notice)).says(japanese)


def test_an_unknown_code_of_a_notice_still_says_something() -> None:
    assert Page(pages.sign_in(OUTSIDE, "", FlashMessage("brand_new"))).says(
        "That did not work. Please try again."
    )


def test_the_code_page_fills_in_pastes_and_resends_without_scripts() -> None:
    page = Page(pages.code(OUTSIDE, "hannah@mail.example"))
    field = next(attrs for _, attrs in page.tags if attrs.get("id") == "code")
    assert field["inputmode"] == "numeric"
    assert field["autocomplete"] == "one-time-code"
    assert "maxlength" not in field
    assert field["data-digits"] == "6"
    assert page.all("form", "action")[-2:] == ["/auth/sparkle-home/sessions", "/auth/sparkle-home/codes"]
    assert {"remember", "code", "address"} <= set(page.all("input", "name"))
    assert "Send another code" not in Page(pages.code(OUTSIDE, None)).text


def test_the_chooser_posts_an_index_and_never_an_id() -> None:
    page = Page(pages.choose(OUTSIDE, [(WHITFIELD, HANNAH), (CLINIC, CLINIC.contacts[0])]))
    assert page.all("button", "value")[1:] == ["0", "1"]
    assert page.says("Hannah Whitfield", "Apt 3B", "Invoices only")
    assert not any(name in page.html for name in ("c-1", "k-1", "k-2"))


def test_the_language_form_returns_to_where_the_reader_was() -> None:
    page = Page(pages.sign_in(OUTSIDE))
    hidden = [attrs["value"] for _, attrs in page.tags if attrs.get("name") == "return"]
    assert hidden == ["/portal/sparkle-home/sign-in"]
    assert page.says("日本語")
    assert "日本語" not in pages.sign_in(
        replace(OUTSIDE, business=msgspec.structs.replace(SPARKLE, locales=("en-US",)))
    )


def test_the_mark_is_the_logo_or_else_the_initial() -> None:
    assert '<span class="mark" aria-hidden="true">S</span>' in pages.sign_in(OUTSIDE)
    logo = e.Logo(url="/branding/sparkle-home/logo-1.webp", width=240, height=80)
    html = pages.sign_in(replace(OUTSIDE, business=msgspec.structs.replace(SPARKLE, logo=logo)))
    assert '<img src="/branding/sparkle-home/logo-1.webp" width="240" height="80" alt="">' in html


def test_browsers_are_told_the_icons_they_ask_for() -> None:
    icons = tuple(
        e.Icon(url=f"/branding/i-{size}.png", size=size, purpose="any") for size in (32, 180, 192, 512)
    )
    masked = e.Icon(url="/branding/m-192.png", size=192, purpose="maskable")
    html = pages.sign_in(replace(OUTSIDE, business=msgspec.structs.replace(SPARKLE, icons=(*icons, masked))))
    assert '<link rel="icon" href="/branding/i-32.png" sizes="32x32">' in html
    assert '<link rel="icon" href="/branding/i-192.png" sizes="192x192">' in html
    assert '<link rel="apple-touch-icon" href="/branding/i-180.png">' in html
    assert "m-192" not in html


def test_a_drawn_icon_is_one_for_every_size() -> None:
    drawn = e.Icon(url="/branding/i-1.svg", size=192, purpose="any")
    html = pages.sign_in(replace(OUTSIDE, business=msgspec.structs.replace(SPARKLE, icons=(drawn,))))
    assert '<link rel="icon" href="/branding/i-1.svg" sizes="any">' in html
    assert "apple-touch-icon" not in html


def test_the_picture_of_a_shared_link_is_found_from_elsewhere() -> None:
    business = msgspec.structs.replace(SPARKLE, og_image_url="/branding/sparkle-home/share-1.png")
    html = pages.sign_in(replace(OUTSIDE, business=business, origin="https://portal.example.com"))
    assert (
        '<meta property="og:image" content="https://portal.example.com/branding/sparkle-home/share-1.png">'
        in html
    )
    assert '<meta property="og:image:alt" content="Sparkle Home">' in html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (pages.portal_off(OUTSIDE), "Your visits still happen and your invoices are safe."),
        (pages.access_off(OUTSIDE), "Online access is not switched on for you."),
        (pages.not_found(US_CONTEXT), "The link may be old"),
        (pages.signed_out(OUTSIDE), "You’re signed out"),
        (pages.service_unavailable(OUTSIDE), "Nothing is lost"),
    ],
)
def test_a_quiet_page_calms_and_says_whom_to_call(html: str, expected: str) -> None:
    page = Page(html)
    assert page.says(expected, "Call (212) 555-0142", "Write an email", "Mon – Fri 8 AM – 6 PM")
    assert not any(code in page.text for code in ("403", "404", "429", "503"))


def test_a_stale_page_says_from_when_it_is_and_whom_to_call() -> None:
    page = Page(pages.dashboard(replace(JP_CONTEXT, stale=True), (), (), ()))
    assert page.says(
        "表示内容が最新でない可能性があります。10:42時点の内容です。",
        "お急ぎの場合は 03-1234-5678 へお電話ください。",
    )


def test_signing_out_is_on_every_page_of_somebody_signed_in() -> None:
    page = Page(pages.dashboard(US_CONTEXT, (), (), ()))
    assert "/auth/sparkle-home/sign-out" in page.all("form", "action")
    assert "everywhere" in page.all("button", "name")


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (
            OUTSIDE,
            ("Enter the 8-digit code", "Your code has 8 digits today.", "There is nothing you need to do."),
        ),
        (JP_CONTEXT, ("8桁の確認コードを入力してください", "本日の確認コードは8桁です。")),
    ],
)
def test_a_longer_code_is_asked_for_with_the_reason(
    context: pages.PageContext, expected: tuple[str, ...]
) -> None:
    page = Page(pages.code(context, "hannah@mail.example", digits=8))
    assert page.says(*expected)
    assert 'class="in code of-8" id="code" data-digits="8"' in page.html


@pytest.mark.parametrize("typed", ["(212) 555-0107", "０７０ー１２３４ー０１０７"])
def test_whoever_waits_for_a_text_reads_of_texts_and_is_offered_mail(typed: str) -> None:
    page = Page(pages.code(OUTSIDE, typed))
    assert page.says("check that your phone blocks no texts. Landlines get none.", "Use your email instead")
    assert "spam" not in page.text
    longer = Page(pages.code(replace(JP_CONTEXT, contact=None, customer=None), typed, digits=8))
    assert longer.says(
        "固定電話では受け取れません。最新のメッセージのコードをお使いください。", "メールアドレスで受け取る"
    )
    assert "迷惑メール" not in longer.text


@pytest.mark.parametrize("typed", ["hannah@mail.example", "ｈａｎｎａｈ＠mail.example", None])
def test_whoever_waits_for_a_mail_reads_of_spam(typed: str | None) -> None:
    page = Page(pages.code(OUTSIDE, typed))
    assert page.says("Nothing yet? Look in spam.", "Use a different address")
    assert "Landlines" not in page.text


def test_the_code_page_names_the_support_line_to_whom_nothing_comes() -> None:
    assert Page(pages.code(OUTSIDE, "hannah@mail.example")).says("Still nothing? Call (212) 555-0142.")
    by_mail = msgspec.structs.replace(SPARKLE, support=e.Support(email="hello@sparkle.example"))
    shown = Page(pages.code(replace(OUTSIDE, business=by_mail), "hannah@mail.example"))
    assert shown.says("Still nothing? Write to hello@sparkle.example.")
    silent = msgspec.structs.replace(SPARKLE, support=e.Support())
    assert "Still nothing" not in Page(pages.code(replace(OUTSIDE, business=silent), "+12125550107")).text


def test_a_passkey_is_offered_by_a_script_alone_beside_the_address() -> None:
    html = pages.sign_in(OUTSIDE)
    field = next(attrs for tag, attrs in Page(html).tags if tag == "input" and attrs.get("id") == "address")
    assert field["autocomplete"] == "username webauthn"
    assert '<form class="needs-passkeys" method="post"' in html
    assert "/portal/assets/passkeys-" in html


def test_who_signs_in_again_to_add_a_passkey_enters_a_code() -> None:
    html = pages.sign_in(OUTSIDE, "hannah@mail.example", by_passkey=False)
    assert 'value="hannah@mail.example"' in html
    assert "passkeys" not in html


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_a_new_browser_is_offered_a_passkey_that_only_one_with_passkeys_sees(locale: str) -> None:
    offered = replace(US_CONTEXT, locale=locale, flash=FlashMessage("passkey_offered"))
    html = pages.dashboard(offered, (), (), ())
    assert 'class="notice  needs-passkeys" data-told' in html
    assert 'href="/portal/sparkle-home/settings#passkeys"' in html
    assert "/portal/assets/passkeys-" in html
    assert "/portal/assets/passkeys-" not in pages.dashboard(replace(offered, flash=None), (), (), ())

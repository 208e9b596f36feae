"""What the pay page says, in English and Japanese."""

from typing import NamedTuple


class Words(NamedTuple):
    """One language."""

    lang: str
    sandbox: str
    sandbox_note: str
    pay_to: str
    total: str
    quantity: str
    back: str
    email: str
    card_title: str
    card_number: str
    expiry: str
    cvc: str
    name_on_card: str
    pay: str
    test_cards: str
    test_cards_note: str
    works: str
    konbini_title: str
    konbini_note: str
    konbini_pay: str
    name: str
    phone: str
    expired_title: str
    expired_text: str
    complete_title: str
    complete_text: str
    return_to: str
    again: str
    bad_number: str
    bad_expiry: str
    past_expiry: str
    bad_cvc: str
    bad_email: str
    bad_name: str
    declines: dict[str, str]
    methods: str


EN = Words(
    lang="en",
    sandbox="Stripe sandbox: no real money",
    sandbox_note="A stand-in for Stripe's page, for development only. Never type a real card number here.",
    pay_to="Pay {name}",
    total="Total due",
    quantity="Qty {count}",
    back="Back",
    email="Email",
    card_title="Pay by card",
    card_number="Card number",
    expiry="Expiry (MM / YY)",
    cvc="CVC",
    name_on_card="Name on card",
    pay="Pay {amount}",
    test_cards="Test cards",
    test_cards_note="Choose one to fill the form.",
    works="succeeds",
    konbini_title="Pay at a convenience store (konbini)",
    konbini_note="You get a payment code now, and pay cash at the counter within {days} days.",
    konbini_pay="Get a payment code",
    name="Name",
    phone="Phone (optional)",
    expired_title="This page has expired",
    expired_text="Nothing was charged. Go back to the shop and start the payment again.",
    complete_title="This payment is done",
    complete_text="It was completed before; nothing more will be charged.",
    return_to="Return to {name}",
    again="Nothing was charged. Try again, or use another card.",
    bad_number="This card number is not valid: check its digits.",
    bad_expiry="Write the expiry as month and year, like 12 / 34.",
    past_expiry="The expiry of this card is in the past.",
    bad_cvc="The CVC has 3 or 4 digits.",
    bad_email="Write an email address, like name@example.com.",
    bad_name="Write a name.",
    declines={
        "generic_decline": "Your card was declined.",
        "insufficient_funds": "Your card has insufficient funds.",
        "expired_card": "Your card has expired.",
        "incorrect_cvc": "Your card's security code is incorrect.",
        "processing_error": "An error occurred while processing your card.",
        "test_mode_live_card": "Your card was declined: this is no test card.",
    },
    methods="Ways to pay",
)
JA = Words(
    lang="ja",
    sandbox="Stripe サンドボックス：実際の支払いは発生しません",
    sandbox_note="開発用に Stripe の決済画面を模したページです。本物のカード番号は入力しないでください。",
    pay_to="{name} へのお支払い",
    total="お支払い合計",
    quantity="数量 {count}",
    back="戻る",
    email="メールアドレス",
    card_title="カードで支払う",
    card_number="カード番号",
    expiry="有効期限（月 / 年）",
    cvc="セキュリティコード",
    name_on_card="カード名義",
    pay="{amount} を支払う",
    test_cards="テストカード",
    test_cards_note="選ぶとフォームに入力されます。",
    works="支払い成功",
    konbini_title="コンビニで支払う",
    konbini_note="支払い番号を発行します。{days}日以内に店頭で現金でお支払いください。",
    konbini_pay="支払い番号を発行する",
    name="お名前",
    phone="電話番号（任意）",
    expired_title="このページの有効期限が切れました",
    expired_text="請求は行われていません。ショップに戻って、もう一度お支払い手続きを始めてください。",
    complete_title="お支払い手続きは完了しています",
    complete_text="すでに完了しているため、追加の請求はありません。",
    return_to="{name} に戻る",
    again="請求は行われていません。もう一度試すか、別のカードをお使いください。",
    bad_number="カード番号が正しくありません。番号をご確認ください。",
    bad_expiry="有効期限は 12 / 34 のように月と年で入力してください。",
    past_expiry="このカードの有効期限は過ぎています。",
    bad_cvc="セキュリティコードは3桁または4桁です。",
    bad_email="メールアドレスは name@example.com のように入力してください。",
    bad_name="お名前を入力してください。",
    declines={
        "generic_decline": "カードが拒否されました。",
        "insufficient_funds": "カードの残高または利用可能額が不足しています。",
        "expired_card": "カードの有効期限が切れています。",
        "incorrect_cvc": "セキュリティコードが正しくありません。",
        "processing_error": "カードの処理中にエラーが発生しました。",
        "test_mode_live_card": "カードが拒否されました。テストカードではありません。",
    },
    methods="お支払い方法",
)


def words_for(locale: str | None, accept_language: str) -> Words:
    """The session's language; `auto` or none: the browser's, and English for any other."""
    wanted = locale if locale not in (None, "auto") else accept_language
    return JA if wanted.strip().lower().startswith("ja") else EN

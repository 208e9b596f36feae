// The code field: any digits in any width, pasted or filled in; as many as the code has submit the form, once.
const field = document.getElementById("code");
const form = field?.form;
const wanted = Number(field?.dataset.digits);
let sent = false;

const digits = (text) => text.normalize("NFKC").replace(/\D/g, "").slice(0, wanted);

function submitOnce() {
  if (sent) return;
  sent = true;
  form.requestSubmit();
}

function tidy() {
  const before = field.value;
  const after = digits(before);
  if (after !== before) field.value = after;
  if (after.length === wanted) submitOnce();
}

if (form) {
  // While an input method is composing, the value is not the reader's last word.
  field.addEventListener("input", (event) => event.isComposing || tidy());
  field.addEventListener("compositionend", tidy);
  form.addEventListener("submit", () => { sent = true; });
  // A page that comes back from the browser's history may be submitted again.
  addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });

  if ("OTPCredential" in window) {
    const stop = new AbortController();
    form.addEventListener("submit", () => stop.abort());
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal })
      .then((message) => { field.value = digits(message?.code ?? ""); tidy(); })
      .catch(() => {}); // declined, or no message came: the field is still there to type in
  }
}

// The code field. What is read as a code is what the server reads: auth-otp's domain/typed_text.py has the same
// steps and expressions, and tests hold the two equal.
const LENGTHS = "[0-9]{6}|[0-9]{8}|[0-9]{16}";
const INVISIBLE = /[\p{Cf}\uFE00-\uFE0F]|(?![\t\n\r])\p{Cc}/gu;
const DASHES = /[‐‑‒–—―−─ー]/g;
const MARKED = new RegExp(`@([!-?A-~]+) #(${LENGTHS})$`);
const ALONE = /^[0-9 -]+$/;
const WHOLE = new RegExp(`^(?:${LENGTHS})$`);
const GROUPED = new RegExp(
  `^(?:${LENGTHS}|[0-9]{3}[ -][0-9]{3}|[0-9]{4}[ -][0-9]{4}|[0-9]{4}(?:[ -][0-9]{4}){3})$`);

const plain = (text) => text.replace(INVISIBLE, "").normalize("NFKC")
  .replace(DASHES, "-").replaceAll("\t", " ").replaceAll("\r", "\n")
  .replace(/^[ \n]+|[ \n]+$/g, "");

// Digits of a web or mail address, and those in a word with letters, are no code.
const withoutWords = (run) => run.includes("@") || run.includes("://")
  ? "/" : run.replace(/[0-9A-Za-z]+/g, (word) => /^[0-9]+$/.test(word) ? word : "/");

export function readCode(typed) {
  const text = plain(typed);
  const marked = MARKED.exec(text);
  if (marked) return marked[2];
  if (ALONE.test(text)) {
    const digits = text.replace(/[ -]/g, "");
    return WHOLE.test(digits) ? digits : null;
  }
  const runs = text.replace(/[!-~]+/g, withoutWords).split(/[^0-9 -]+|[ -]{2,}/)
    .map((run) => run.replace(/^[ -]+|[ -]+$/g, ""));
  const codes = new Set(runs.filter((run) => GROUPED.test(run)).map((run) => run.replace(/[ -]/g, "")));
  return codes.size === 1 ? [...codes][0] : null;
}

// Among words, digits may be those of a name or of another site: they are filled in, and the reader submits.
const isSure = (text) => MARKED.exec(plain(text))?.[1] === location.hostname || !/\p{L}/u.test(text);

const field = document.getElementById("code");
const form = field?.form;
let before = "";
let sent = false;

function submitOnce() {
  if (sent) return;
  sent = true;
  form.requestSubmit();
}

// A code is finished when it came whole, by paste or from a message, or has the digits that the page asks for.
function take(text, whole) {
  const code = readCode(text);
  const finished = code !== null && (whole || code.length === Number(field.dataset.digits));
  if (finished) field.value = code;
  before = field.value;
  if (finished && isSure(text)) submitOnce();
  return finished;
}

if (form) {
  field.addEventListener("input", (event) => {
    // While an input method is composing, the value is not the reader's last word; nor is one being shortened.
    if (event.isComposing) return;
    if (event.inputType?.startsWith("delete")) before = field.value;
    else take(field.value, before === "" && field.value.length > 1);
  });
  field.addEventListener("compositionend", () => take(field.value, false));
  // A field of one line would lose the lines of a message, and with them where its digits end.
  field.addEventListener("paste", (event) => {
    if (take(event.clipboardData?.getData("text") ?? "", true)) event.preventDefault();
  });
  form.addEventListener("submit", () => { sent = true; });
  // A page that comes back from the browser's history may be submitted again.
  addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });

  if ("OTPCredential" in window) {
    const stop = new AbortController();
    form.addEventListener("submit", () => stop.abort());
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal })
      .then((message) => take(message?.code ?? "", true))
      .catch(() => {}); // declined, or no message came: the field is still there to type in
  }
}

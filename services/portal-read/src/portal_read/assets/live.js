// Keeps an open page true: told of a change, it fetches itself again and swaps what is shown.
const url = document.body.dataset.live;
const SWAPPED = ["header.top", "main", "footer.foot"];
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60000;
const RELEASED_AFTER = 15000;
const GIVEN_UP_AFTER = 20000;
// The stream beats every 15 seconds: after two that did not come it is dead, whatever the browser thinks.
const SILENT_AFTER = 35000;
const LOOKED_AT_EVERY = 5000;

let source = null;
let heard = Date.now();
let begun = 0;
let shown = Date.now();
let pause = FIRST_PAUSE;
let timer = 0;
let fetching = false;
let again = false;
let composing = false;
let missed = false;

// What a reader would notice: the freshness stamp alone is no news.
function gist(main) {
  const copy = main.cloneNode(true);
  for (const stamp of copy.querySelectorAll("[data-stamp], [data-told], [data-learn], [data-unheard]")) stamp.remove();
  return copy.textContent.replace(/\s+/g, " ");
}

// A way to find the focused element again after the swap.
function focusKey() {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  if (at.id) return `#${CSS.escape(at.id)}`;
  const href = at.getAttribute("href");
  const name = at.getAttribute("name");
  const value = at.type === "radio" ? `[value="${CSS.escape(at.value)}"]` : "";
  if (href) return `${at.closest("main") ? "main " : ""}a[href="${CSS.escape(href)}"]`;
  return name ? `${at.localName}[name="${CSS.escape(name)}"]${value}` : null;
}

// What a reader typed or chose and has not sent, by name and, for choices, value.
const choice = (field) => field.type === "radio" || field.type === "checkbox";
const fields = () => [...document.querySelectorAll("main :is(input, textarea)")]
  .filter((field) => field.name && field.type !== "hidden");

// What an answer said once, such as why a form was refused, with what was typed into it.
const told = () => document.querySelector("main [data-told]");

function edited() {
  const refused = told() !== null;
  return fields().filter((field) => (choice(field)
    ? field.checked && (refused || !field.defaultChecked)
    : field.value !== (refused ? "" : field.defaultValue)));
}

function notify(notice) {
  const box = document.querySelector("main > .notices") ?? document.createElement("div");
  box.className = "notices stack";
  box.setAttribute("role", "status");
  if (!box.isConnected) document.querySelector("main").prepend(box);
  box.prepend(notice);
}

function tellAgain(said) {
  if (said && !told()) notify(said);
}

// A page that can't hear says so, and as of when it is.
const silent = () => Date.now() - heard > SILENT_AFTER;
const unheard = () => document.querySelector("[data-unheard]");

function tellUnheard() {
  const text = document.getElementById("unheard")?.innerHTML;
  if (!text || unheard()) return;
  const time = new Date(shown).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  const box = document.createElement("template");
  box.innerHTML = text.replace("-:--", time);
  notify(box.content);
}

function hear() {
  heard = Date.now();
  unheard()?.remove();
}

function putBack(kept) {
  for (const was of kept) {
    const now = fields().find((field) => field.name === was.name
      && (!choice(was) || field.value === was.value));
    if (!now) continue;
    if (choice(was)) now.checked = true;
    else now.value = was.value;
  }
}

function swap(next) {
  const news = gist(document.querySelector("main")) !== gist(next.querySelector("main"));
  const focus = focusKey();
  const caret = document.activeElement?.selectionStart ?? null;
  const kept = edited();
  const said = told();
  const { scrollX, scrollY } = window;
  for (const part of SWAPPED) {
    const [old, fresh] = [document.querySelector(part), next.querySelector(part)];
    if (old && fresh && !old.isEqualNode(fresh)) old.replaceWith(fresh);
  }
  document.title = next.title;
  const [theme, newTheme] = [document.getElementById("theme"), next.getElementById("theme")];
  if (theme && newTheme && theme.href !== newTheme.href) theme.href = newTheme.href;
  tellAgain(said);
  if (silent()) tellUnheard();
  putBack(kept);
  const focused = focus && document.querySelector(focus);
  focused?.focus({ preventScroll: true });
  if (caret !== null && focused?.setSelectionRange) focused.setSelectionRange(caret, caret);
  scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  if (news) {
    say();
    tellWorker("changed");
  }
  learn();
}

function say() {
  const said = document.getElementById("said");
  if (!said) return;
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = document.body.dataset.said; });
}

const build = (doc) => doc.querySelector("link[rel=stylesheet]")?.getAttribute("href");

async function refresh(told) {
  if (fetching) { again = true; return; }
  const trace = told?.data?.length > 1 ? { traceparent: told.data } : {};
  fetching = true;
  try {
    const answer = await fetch(location.href, { cache: "no-cache", redirect: "manual", headers: { Accept: "text/html", ...trace }, signal: AbortSignal.timeout(GIVEN_UP_AFTER) });
    if (answer.type === "opaqueredirect") return location.reload(); // it may lead to another host
    if (answer.status >= 500) return setTimeout(refresh, FIRST_PAUSE * (1 + 4 * Math.random())); // too many at once
    if (!answer.ok) return location.reload();
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (build(next) !== build(document)) return location.reload(); // a newer build of the portal
    shown = Date.now();
    missed = composing || Boolean(sent()); // an input method holds the field, or the page is about to go
    if (!missed) swap(next);
  } catch {
    // Offline or restarting: the stream reconnects and asks again.
  } finally {
    fetching = false;
    if (again) { again = false; refresh(); }
  }
}

function stop() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function start() {
  stop();
  begun = Date.now();
  source = new EventSource(url);
  source.addEventListener("beat", hear);
  source.addEventListener("changed", hear);
  source.addEventListener("open", () => {
    pause = FIRST_PAUSE;
    refresh(); // what happened before the stream was open was not told; usually the answer is a 304
  });
  source.addEventListener("changed", refresh);
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // the browser is reconnecting by itself
    stop();
    refresh(); // the stream was refused: the session may be over, and then this page must go
    timer = setTimeout(start, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

// What is new is learned in silence, so that a later change of it can be told.
let learned = "";
function learn() {
  const form = document.querySelector("form[data-learn]");
  if (!form || learned === form.elements.shown.value) return;
  learned = form.elements.shown.value;
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => {});
}
if (url) learn();

addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  button.textContent = button.dataset.copied;
});

// A stream can die without a word: the laptop slept, a proxy hung. Until one is heard the page asks by itself.
function look() {
  if (document.hidden || !silent()) return;
  tellUnheard();
  if (Date.now() - begun < GIVEN_UP_AFTER) return;
  start();
  refresh();
}

// Back at the page, or on line: whoever missed a beat does not wait for the second.
function lookNow() {
  if (!document.hidden && Date.now() - heard > SILENT_AFTER / 2) start();
}

addEventListener("compositionstart", () => { composing = true; });
addEventListener("compositionend", () => { composing = false; if (missed) refresh(); });

// A pay form is sent once. A page that comes back, or whose form got no answer, may send it again.
const sent = () => document.querySelector("form[data-sent]");

function release() {
  const form = sent();
  form?.removeAttribute("data-sent");
  form?.querySelector("button")?.removeAttribute("aria-disabled");
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (sent()) return event.preventDefault();
  form.dataset.sent = "";
  form.querySelector("button")?.setAttribute("aria-disabled", "true");
  setTimeout(() => { release(); if (url && !document.hidden) start(); }, RELEASED_AFTER);
});
addEventListener("pageshow", (event) => { if (event.persisted) release(); });

// The browser notes whose pages it shows; sign-out takes the note. A page that comes back from before is not
// shown, nor one of another session: the server says what takes its place.
const { reader } = document.body.dataset;
const NOTE = `reader ${url}`;
const cameBack = (event) => event.persisted
  || performance.getEntriesByType("navigation")[0]?.type === "back_forward";

function readNote() {
  try { return localStorage.getItem(NOTE); } catch { return reader; } // a browser that keeps none
}

function note(value) {
  try { value ? localStorage.setItem(NOTE, value) : localStorage.removeItem(NOTE); } catch { /* likewise */ }
}

addEventListener("pageshow", (event) => {
  if (!url) return;
  if (!cameBack(event) || readNote() === reader) return note(reader);
  document.body.replaceChildren();
  location.reload();
});

// The worker shows a page of the business while there is no network; what it keeps goes with the session.
const { worker } = document.body.dataset;
let standIn = null;
const tellWorker = (what) => standIn?.active?.postMessage(what);

async function register() {
  const scope = worker.slice(0, worker.lastIndexOf("/"));
  standIn = await navigator.serviceWorker.register(worker, { scope, updateViaCache: "none" });
}

if (worker && "serviceWorker" in navigator) {
  const begin = () => register().catch(() => {}); // refused, as in private windows: then there is none
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}

addEventListener("submit", (event) => {
  if (!/^\/auth\/[^/]+\/sign-out$/.test(event.target.getAttribute("action"))) return;
  note("");
  tellWorker("forget");
});

if (url && "EventSource" in window) {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else start();
  });
  addEventListener("pagehide", stop);
  // Signing out is told on the stream too: a reload for it would overtake the form's own answer.
  addEventListener("submit", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) start(); });
  addEventListener("online", lookNow);
  addEventListener("focus", lookNow);
  setInterval(look, LOOKED_AT_EVERY);
  if (!document.hidden) start();
}

// Keeps an open page true: told of a change, it fetches itself again and swaps what is shown.
const url = document.body.dataset.live;
const SWAPPED = ["header.top", "main", "footer.foot"];
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60000;

let source = null;
let pause = FIRST_PAUSE;
let timer = 0;
let fetching = false;
let again = false;

// What a reader would notice: the freshness stamp alone is no news.
function gist(main) {
  const copy = main.cloneNode(true);
  for (const stamp of copy.querySelectorAll("[data-stamp]")) stamp.remove();
  return copy.textContent.replace(/\s+/g, " ");
}

// A way to find the focused element again after the swap.
function focusKey() {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  if (at.id) return `#${CSS.escape(at.id)}`;
  const href = at.getAttribute("href");
  const name = at.getAttribute("name");
  if (href) return `${at.closest("main") ? "main " : ""}a[href="${CSS.escape(href)}"]`;
  return name ? `${at.localName}[name="${CSS.escape(name)}"]` : null;
}

function swap(next) {
  const news = gist(document.querySelector("main")) !== gist(next.querySelector("main"));
  const focus = focusKey();
  const { scrollX, scrollY } = window;
  for (const part of SWAPPED) {
    const [old, fresh] = [document.querySelector(part), next.querySelector(part)];
    if (old && fresh && !old.isEqualNode(fresh)) old.replaceWith(fresh);
  }
  document.title = next.title;
  const [theme, newTheme] = [document.getElementById("theme"), next.getElementById("theme")];
  if (theme && newTheme && theme.href !== newTheme.href) theme.href = newTheme.href;
  if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
  scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  if (news) say();
}

function say() {
  const said = document.getElementById("said");
  if (!said) return;
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = document.body.dataset.said; });
}

const build = (doc) => doc.querySelector("link[rel=stylesheet]")?.getAttribute("href");

async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
    if (answer.redirected) return location.reload();
    if (!answer.ok) return answer.status < 500 && location.reload();
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (build(next) !== build(document)) return location.reload(); // a newer build of the portal
    swap(next);
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
  source = new EventSource(url);
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

if (url && "EventSource" in window) {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else start();
  });
  addEventListener("pagehide", stop);
  // Signing out is told on the stream too: a reload for it would overtake the form's own answer.
  addEventListener("submit", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) start(); });
  if (!document.hidden) start();
}

// Stands in for a portal that can't be reached, and does nothing else: while there is a network, every answer is
// the network's. What it keeps are the portal's offline page, with the next visit on a remembered device alone,
// and the files of that page. The server decides what that is; each page that may change it has it kept anew.
const ROOT = new URL(registration.scope).pathname;
const CACHE = `offline ${ROOT}`;
const OFFLINE = `${ROOT}/offline`;
const VISIT = `${OFFLINE}/visit`;
const FILES = /((?:href|src)="\/(?:portal\/assets|branding)\/[^"]+)"/g;
const KEPT = "?kept"; // how a kept page asks for its files: those of all other pages never wait for this worker

// A scope ends anywhere: that of /portal/shiny holds /portal/shiny-cars, which is another business's.
const isOurs = (path) => path === ROOT || path.startsWith(`${ROOT}/`);

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keep());
});
addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(forget());
  if (event.data === "changed") event.waitUntil(keep());
});

async function begin() {
  await registration.navigationPreload?.enable(); // the network is asked while this worker starts
  await clients.claim();
}

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && isOurs(pathname)) event.respondWith(page(event, pathname));
  else if (search === KEPT) event.respondWith(file(event.request));
});

async function page(event, path) {
  let answer;
  try {
    answer = (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await keptVisit()) ?? (await find(OFFLINE)) ?? Response.error();
  }
  event.waitUntil(keepUp(path, answer.status, answer.headers.get("ETag")));
  return answer;
}

const file = async (request) => (await find(request.url)) ?? fetch(request);

// The home page that shows what was kept with it changes nothing, nor do the pages behind it. Any other answer
// may: the sign-in page, a way elsewhere, a portal that is off.
async function keepUp(path, status, tag) {
  if (status >= 500) return;
  const inside = status === 200 && path !== `${ROOT}/sign-in`;
  if (inside && path !== ROOT && path !== `${ROOT}/`) return;
  if (inside && tag && tag === (await find(OFFLINE))?.headers.get("Kept-With")) return;
  await keep(tag);
}

let keeping = Promise.resolve();
function keep(tag = null) {
  keeping = keeping.then(() => keepNow(tag)).catch(() => {}); // without a network things stay as they are
  return keeping;
}

async function keepNow(tag) {
  const offline = await ask(OFFLINE);
  if (offline.status >= 500) return;
  if (!offline.ok) return leave();
  const visit = await ask(VISIT);
  if (visit.status >= 500) return;
  const cache = await caches.open(CACHE);
  const html = kept(await offline.text()), visitHtml = visit.ok ? kept(await visit.text()) : "";
  if (visit.ok) await cache.put(VISIT, new Response(visitHtml, { headers: visit.headers }));
  else await cache.delete(VISIT);
  const files = new Set(Array.from((html + visitHtml).matchAll(/"(\/[^"]+\?kept)"/g), ([, path]) => path));
  for (const path of files) if (!(await cache.match(path))) await cache.add(path).catch(() => {});
  for (const { url } of await cache.keys()) {
    const { pathname, search } = new URL(url);
    if (search === KEPT && !files.has(pathname + search)) await cache.delete(url);
  }
  const headers = new Headers(offline.headers);
  if (tag) headers.set("Kept-With", tag);
  await cache.put(OFFLINE, new Response(html, { headers })); // last: all that belongs to it is there
}

const kept = (html) => html.replace(FILES, `$1${KEPT}"`);
const ask = (path) => fetch(path, { cache: "no-store", redirect: "manual" });
const find = async (url) => (await caches.has(CACHE)) ? (await caches.open(CACHE)).match(url) : undefined;

// Its session may be over, or the visit: what says so without a network is the hour.
async function keptVisit() {
  const visit = await find(VISIT);
  if (!visit || Date.now() < Date.parse(visit.headers.get("Expires"))) return visit;
  await (await caches.open(CACHE)).delete(VISIT);
  return undefined;
}

// After what is under way, so that nothing is kept again.
function forget() {
  keeping = keeping.then(async () => (await caches.open(CACHE)).delete(VISIT));
  return keeping;
}

// The portal is off, or gone from this address: nothing of it stays in this browser.
async function leave() {
  await caches.delete(CACHE);
  await registration.unregister();
}

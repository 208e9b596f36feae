// The page that stands in for another one makes way for it once the portal can be reached.
const { root } = document.getElementById("again").dataset;
const OFFLINE = [`${root}/offline`, `${root}/offline/visit`];
const LOOKED_AT_EVERY = 10000;

async function look() {
  if (document.hidden) return;
  try {
    await fetch(`${root}/sw.js`, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(LOOKED_AT_EVERY) });
  } catch {
    return;
  }
  if (OFFLINE.includes(location.pathname)) location.replace(`${root}/`); // somebody opened it by its own address
  else location.reload();
}

addEventListener("online", look);
document.addEventListener("visibilitychange", look);
setInterval(look, LOOKED_AT_EVERY);
if (OFFLINE.includes(location.pathname)) look();

// Takes the place of the worker where an installation has switched it off: removes what that one kept, and itself.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  await caches.delete(`offline ${new URL(registration.scope).pathname}`);
  await registration.unregister();
}

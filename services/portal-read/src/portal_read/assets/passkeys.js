// Passkeys. What a device makes or signs is posted as a form, so that its answer is a page like any other; so is
// nothing at all where the portal asks for none: then the page says why.
const able = typeof PublicKeyCredential === "function"
  && "parseCreationOptionsFromJSON" in PublicKeyCredential;
document.documentElement.dataset.passkeys = able ? "yes" : "no";

// A live update may have replaced it meanwhile.
const form = () => document.querySelector("form[data-passkey]");
const RENEW_MILLISECONDS = 5 * 60 * 1000;
let waiting = new AbortController();
let began = 0;

async function optionsOf({ dataset }) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(dataset.options, { method: "POST", headers, body: "{}" });
  return answer.ok ? answer.json() : null;
}

function post(credential) {
  const { elements } = form();
  elements.credential.value = credential ? JSON.stringify(credential) : "";
  form().submit();
}

async function create() {
  const options = await optionsOf(form());
  if (!options) return post(null);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return post(await navigator.credentials.create({ publicKey }));
}

// One request at a time: the next ends the one that waits in the field's suggestions.
async function get(mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const options = await optionsOf(form());
  if (!options) return mediation ? undefined : post(null);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return post(await navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) }));
}

// Whoever declines, or has no passkey here, still has the code.
const declined = () => {};

async function suggest() {
  if (form()?.dataset.passkey !== "sign-in") return;
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  began = Date.now();
  await get("conditional").catch(declined);
}

if (able) {
  document.addEventListener("submit", async (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    if (event.target.dataset.passkey === "new") await create().catch(declined);
    else await get().catch(suggest);
  });
  suggest();
  // A page that was left open asks again before its challenge runs out, as does one out of the history.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - began > RENEW_MILLISECONDS) suggest();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) suggest(); });
}

// Hostile mail in a real browser: nothing that strangers wrote may run, and nothing may be asked from elsewhere.
//
// Three times in one session: the vectors as they are (the control: unless they fire, the rest proves nothing), the site without its
// Content-Security-Policy (what is left is the site's own escaping and sanitising), and the vectors as they are under the site's
// policies (what is left is the browser).

import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Archive } from "./archive.mjs";
import { assert, leftOut, test } from "./suite.mjs";
import { gather } from "./vectors.mjs";
import { views } from "./views.mjs";

// Tabs at once, and frames in each: two cores have no use for more.
const tabs = 2;
const frames = 24;
// Of those known to fire, so many must (reliability.md row 23: 3,000 of 3,181).
const enough = 3000 / 3181;
// Messages of a thread, so that a thread page shows many vectors.
const together = 25;
// Where what the proxy saw is noted, which knows no frame.
const byProxy = "seen by the proxy";
// What a vector that starts a timer or loads something from us gets before it is looked away from.
const pause = 40;

// In every frame, before anything of the page runs: whoever calls one of these has run.
function hook() {
  const say = console.debug.bind(console);
  const where = () => {
    let at = window;
    try { while (at.parent !== at.top) at = at.parent; return at.name; } catch { return ""; }
  };
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    try {
      Object.defineProperty(window, name, { value: () => { say(`fired: ${name} at ${where()}`); }, writable: false, configurable: false });
    } catch { /* a frame that has it already */ }
  }
}

// In the page, once it stands there: every event that an attribute waits for, and a click on whatever would run script.
function provoke() {
  // A reader who clicks on a link goes where it says.
  const harmless = /^(https?|ftp|mailto):/;
  // Asked of the prototype, for an element may hide its own properties behind its fields.
  const names = (it) => Element.prototype.getAttributeNames.call(it);
  // A list of its own, for handlers change the page.
  for (const it of [...document.querySelectorAll("*")].slice(0, 2000)) {
    try {
      for (const name of names(it)) if (name.startsWith("on")) EventTarget.prototype.dispatchEvent.call(it, new Event(name.slice(2)));
      const goal = it.href?.animVal ?? it.href?.baseVal ?? it.href;
      if (typeof goal === "string" && goal && !harmless.test(goal)) EventTarget.prototype.dispatchEvent.call(it, new MouseEvent("click", { bubbles: true, cancelable: true }));
      if (it.hasAttribute("formaction")) it.click();
      const action = it instanceof HTMLFormElement && it.getAttribute("action");
      if (action && !harmless.test(new URL(action, document.baseURI))) HTMLFormElement.prototype.submit.call(it);
    } catch { /* the next one may still run */ }
  }
}

// Serves the vectors as they are, under given headers or none, and passes all else on to the site, without its policy.
class Stage {
  static async open(site, vectors) {
    const stage = new Stage();
    stage.policies = { raw: null };
    stage.server = http.createServer((request, response) => {
      if (request.url === "/frames") {
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Frames</title>");
        return;
      }
      const [, policy, number] = request.url.match(/^\/vector\/(\w+)\/(\d+)$/) ?? [];
      if (policy) {
        const headers = { "content-type": "text/html; charset=utf-8", ...stage.policies[policy] };
        response.writeHead(200, headers).end(`<!doctype html><body>${vectors[number].text}\n<p>The end.</p></body>`);
        return;
      }
      const passed = http.request(site + request.url, { method: request.method, headers: { accept: "*/*" } }, (answer) => {
        const { "content-security-policy": dropped, ...headers } = answer.headers;
        response.writeHead(answer.statusCode, headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      request.pipe(passed);
    });
    await new Promise((ready) => { stage.server.listen(0, "127.0.0.1", ready); });
    stage.at = `http://127.0.0.1:${stage.server.address().port}`;
    return stage;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((closed) => { this.server.close(closed); });
  }
}

// Looks at addresses, many at once, each in a frame that cannot lead the others away, or (`together` is 1) each in a tab of its own;
// tells what fired and what was asked from elsewhere at each.
async function watch(browser, at, addresses, together = frames) {
  const seen = { fired: new Map(), elsewhere: new Map(), missing: [] };
  const note = (where, address, what) => where.set(address, [...(where.get(address) ?? []), what]);
  const forget = (where, address, what) => {
    const left = (where.get(address) ?? []).filter((it) => it !== what);
    if (left.length) where.set(address, left);
    else where.delete(address);
  };
  const window = await browser.window({ viewport: { width: 800, height: 600 } });
  await window.addInitScript(hook);
  const batches = [];
  for (let n = 0; n < addresses.length; n += together) batches.push(addresses.slice(n, n + together));
  const todo = batches.values();
  const work = async () => {
    for (const batch of todo) {
      const before = browser.elsewhere.length;
      const tab = await window.newPage();
      tab.on("console", (line) => {
        const [, how, where] = line.text().match(/^fired: (\w+) at (.*)$/s) ?? [];
        if (how) note(seen.fired, together === 1 ? batch[0] : where || "a frame within", how);
      });
      // A dialog that the hook did not catch is one all the same.
      tab.on("dialog", (dialog) => { note(seen.fired, "a dialog", dialog.message()); dialog.dismiss().catch(() => {}); });
      tab.on("popup", (popup) => { popup.close().catch(() => {}); });
      tab.on("request", (request) => {
        const url = request.url();
        if (/^(https?|wss?|ftp):/.test(url) && !url.startsWith(`${at}/`)) note(seen.elsewhere, framed(request), url);
      });
      // What the policy stopped was no request, though Chromium speaks of it.
      tab.on("requestfailed", (request) => { if (/csp/i.test(request.failure()?.errorText ?? "")) forget(seen.elsewhere, framed(request), request.url()); });
      tab.on("response", (response) => {
        if (response.status() >= 400 && batch.some((address) => at + address === response.url())) seen.missing.push(response.url());
      });
      if (together === 1) {
        // It may lead away, or never end loading; what it does is noted all the same.
        await tab.goto(at + batch[0], { waitUntil: "load", timeout: 5000 }).catch(() => {});
      } else {
        await tab.goto(`${at}/frames`);
        await tab.evaluate(fill, batch);
      }
      const inside = tab.frames().filter((frame) => together === 1 || frame !== tab.mainFrame());
      await Promise.all(inside.map((frame) => Promise.race([frame.evaluate(provoke), sleep(3000)]).catch(() => {})));
      await sleep(pause);
      await tab.close();
      for (const url of browser.elsewhere.slice(before)) note(seen.elsewhere, byProxy, url);
    }
  };
  try {
    await Promise.all(Array.from({ length: tabs }, work));
  } finally {
    await window.close();
  }
  return seen;
}

// In the page: a frame for each address, and the end of their loading, or five seconds.
async function fill(addresses) {
  const loaded = addresses.map((address) => new Promise((done) => {
    const frame = document.createElement("iframe");
    // Everything but leading the whole window away.
    frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads";
    frame.name = address;
    frame.src = address;
    frame.onload = done;
    document.body.append(frame);
  }));
  await Promise.race([Promise.all(loaded), new Promise((late) => { setTimeout(late, 5000); })]);
}

// The address of the frame that a request comes from.
function framed(request) {
  try {
    let frame = request.frame();
    while (frame.parentFrame()?.parentFrame()) frame = frame.parentFrame();
    return frame.name();
  } catch {
    return "a frame that has gone";
  }
}

// The first few of what happened at each address.
const told = (seen) => [...seen].slice(0, 20).map(([address, what]) => `${address}: ${[...new Set(what)].slice(0, 3).join(", ")}`);

export async function hostile(browser, full) {
  const { dumps, lists, vectors, from } = await gather({ full, together });
  if (!from) leftOut("the collected vectors: PLENARY_CORPUS names no folder with hostile/xss; only this repository's own are used");
  else if (!full) leftOut(`most of the collected vectors: ${vectors.length} of them are used; --full uses all`);
  const archive = await Archive.with(dumps);
  let stage;
  try {
    const site = await archive.serve();
    stage = await Stage.open(site, vectors);
    const those = (kind) => vectors.flatMap((vector, number) => (vector[kind] ? [number] : []));
    const [firing, leaking] = [those("fires"), those("leaks")];
    await test("hostile: the control fires and leaks, so that the rest means something", async () => {
      const fired = await control(browser, stage.at, firing, "fired");
      const asked = await control(browser, stage.at, leaking, "elsewhere");
      const said = `${fired} of ${firing.length} known to run do, ${asked} of ${leaking.length} known to ask elsewhere do`;
      assert.ok(fired >= firing.length * enough && asked >= leaking.length * enough, said);
      return said;
    });
    const frame = `${site}/m/${(await archive.found("has:html"))[0].id}/html/frame`;
    for (const [name, address] of [["page", `${site}/about`], ["raw message", site + await rawOf(archive)], ["HTML part", frame]]) {
      if (!(await fetch(address)).ok) {
        leftOut(`hostile: the policy of a ${name}, which the site does not have`);
        continue;
      }
      await test(`hostile: no vector runs under the policy of a ${name} alone`, async () => {
        stage.policies.ours = await policy(address);
        const seen = await watch(browser, stage.at, vectors.map((_, number) => `/vector/ours/${number}`));
        assert.deepEqual(told(seen.fired), []);
        // For a frame that the policy forbids Chromium opens a connection, over which nothing is asked.
        const opened = seen.elsewhere.get(byProxy)?.length ?? 0;
        seen.elsewhere.delete(byProxy);
        // A page's policy cannot keep a page from being left, which a refresh does; the other policies can.
        if (name !== "page") assert.deepEqual(told(seen.elsewhere), []);
        return `${vectors.length} vectors, ${named(seen.elsewhere)} ask elsewhere, ${opened} connections opened and not used`;
      });
    }
    const messages = await archive.found("");
    for (const view of views) {
      const addresses = await view.addresses({ site, lists, messages });
      if (addresses === null) {
        leftOut(`hostile: the view \`${view.name}\`, which the site does not have`);
        continue;
      }
      await test(`hostile: ${view.name}, the policy taken away`, async () => {
        const seen = await watch(browser, stage.at, addresses);
        assert.deepEqual(told(seen.fired), []);
        assert.deepEqual(told(seen.elsewhere), []);
        assert.deepEqual(seen.missing.slice(0, 5), [], "addresses that are not there");
        return `${addresses.length} pages, nothing ran, nothing was asked from elsewhere`;
      });
    }
  } finally {
    await stage?.close();
    await archive.stop();
  }
}

// How many of the raw vectors do what they are known for. Some get in each other's way: what did nothing is looked at
// once more, alone.
async function control(browser, at, numbers, does) {
  const addresses = numbers.map((number) => `/vector/raw/${number}`);
  const first = (await watch(browser, at, addresses))[does];
  const second = (await watch(browser, at, addresses.filter((address) => !first.has(address)), 1))[does];
  return addresses.filter((address) => first.has(address) || second.has(address)).length;
}

const named = (seen) => [...seen.keys()].filter((address) => address.startsWith("/vector/")).length;
const rawOf = async (archive) => `/m/${(await archive.found(""))[0].id}.raw`;

// The site's own headers, as it sends them, but for the ban on frames: the vectors stand in some here.
async function policy(address) {
  const answer = await fetch(address);
  const found = answer.headers.get("content-security-policy");
  assert.ok(found, `${address} has a policy`);
  return { "content-security-policy": found.replace("frame-ancestors 'none'", "frame-ancestors 'self'"), "x-content-type-options": "nosniff" };
}

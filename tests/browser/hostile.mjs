// Hostile mail in a real browser: nothing that strangers wrote may run, and nothing may be asked from elsewhere.
//
// Three times in one session: the vectors as they are (the control: unless they fire, the rest proves nothing), the site without its
// Content-Security-Policy (what is left is the site's own escaping and sanitising), and the vectors as they are under the site's
// policies (what is left is the browser).

import http from "node:http";
import { Archive } from "./archive.mjs";
import { assert, leftOut, test } from "./suite.mjs";
import { gather } from "./vectors.mjs";
import { views } from "./views.mjs";

// Tabs at once; two cores have no use for more.
const tabs = 4;
// Of those known to fire, so many must (reliability.md row 23: 3,000 of 3,181).
const enough = 3000 / 3181;
// Messages of a thread, so that a thread page shows many vectors.
const together = 25;
// What a vector that starts a timer or loads something from us gets before it is looked away from.
const pause = 40;

// In every frame, before anything of the page runs: whoever calls one of these has run.
function hook() {
  const say = console.debug.bind(console);
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    try {
      Object.defineProperty(window, name, { value: () => { say(`fired: ${name}`); }, writable: false, configurable: false });
    } catch { /* a frame that has it already */ }
  }
}

// In the page, once it stands there: every event that an attribute waits for, and a click on whatever would run script.
function provoke() {
  const harmless = /^(https?|mailto):/;
  // A copy, for handlers change the page; shadow trees and frames of our own origin hold none of a stranger's handlers.
  for (const it of [...document.querySelectorAll("*")].slice(0, 2000)) {
    for (const { name } of [...(it.attributes ?? [])]) {
      if (name.startsWith("on")) try { it.dispatchEvent(new Event(name.slice(2))); } catch { /* as if it had not been there */ }
    }
    const target = it.href?.animVal ?? it.href?.baseVal ?? it.href ?? it.formAction ?? it.action;
    if (typeof target === "string" && target && !harmless.test(target)) try { it.click?.() ?? it.dispatchEvent(new MouseEvent("click", { bubbles: true })); } catch { /* the same */ }
  }
}

// Serves the vectors as they are, under given headers or none, and passes all else on to the site, without its policy.
class Stage {
  static async open(site, vectors) {
    const stage = new Stage();
    stage.policies = { raw: null };
    stage.server = http.createServer((request, response) => {
      const [, policy, number] = request.url.match(/^\/vector\/(\w+)\/(\d+)$/) ?? [];
      if (policy) {
        const headers = { "content-type": "text/html; charset=utf-8", ...stage.policies[policy] };
        response.writeHead(200, headers).end(vectors[number].text);
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

// Looks at addresses, some at once; tells what fired and what was asked from elsewhere at each.
async function watch(browser, at, addresses) {
  const seen = { fired: new Map(), elsewhere: new Map(), missing: [] };
  const window = await browser.window({ viewport: { width: 800, height: 600 } });
  await window.addInitScript(hook);
  const todo = addresses.values();
  const note = (where, address, what) => where.set(address, [...(where.get(address) ?? []), what]);
  await Promise.all(Array.from({ length: tabs }, async () => {
    const fresh = async () => {
      const tab = await window.newPage();
      tab.on("console", (line) => { if (line.text().startsWith("fired: ")) note(seen.fired, tab.looksAt, line.text()); });
      // A dialog that the hook did not catch is one all the same.
      tab.on("dialog", (dialog) => { note(seen.fired, tab.looksAt, `dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); });
      tab.on("request", (request) => {
        if (/^(https?|wss?|ftp):/.test(request.url()) && !request.url().startsWith(`${at}/`)) note(seen.elsewhere, tab.looksAt, request.url());
      });
      return tab;
    };
    let tab = await fresh();
    for (const address of todo) {
      tab.looksAt = address;
      try {
        const answer = await tab.goto(at + address, { waitUntil: "load", timeout: 5000 });
        if (answer && answer.status() >= 400) seen.missing.push(address);
      } catch { /* a vector that leads away or never ends loading; what it does is noted all the same */ }
      try {
        await Promise.race([tab.evaluate(provoke), timeout(2000)]);
        await tab.waitForTimeout(pause);
      } catch { /* the same */ }
      // A tab that a vector has led away, or made slow, is no place for the next.
      if (seen.fired.has(address) || seen.elsewhere.has(address)) {
        for (const popup of window.pages()) if (popup.looksAt === undefined) await popup.close().catch(() => {});
        await tab.close().catch(() => {});
        tab = await fresh();
      }
    }
  }));
  await window.close();
  return seen;
}

const timeout = (ms) => new Promise((_, late) => { setTimeout(late, ms, new Error("late")).unref(); });

// The first few of what happened at each address.
const told = (seen) => [...seen].slice(0, 20).map(([address, what]) => `${address}: ${[...new Set(what)].slice(0, 3).join(", ")}`);

export async function hostile(browser, full) {
  const { dumps, vectors, from } = await gather({ full, together });
  if (!from) leftOut("the collected vectors: PLENARY_CORPUS names no folder with hostile/xss; only this repository's own are used");
  else if (!full) leftOut(`most of the collected vectors: ${vectors.length} of them are used; --full uses all`);
  const archive = await Archive.with(dumps);
  let stage;
  try {
    const site = await archive.serve();
    stage = await Stage.open(site, vectors);
    const known = vectors.map((vector, number) => ({ ...vector, number })).filter((vector) => vector.fires);
    await test("hostile: the control fires, so that the rest means something", async () => {
      const seen = await watch(browser, stage.at, known.map(({ number }) => `/vector/raw/${number}`));
      assert.ok(seen.fired.size >= known.length * enough, `only ${seen.fired.size} of ${known.length} fire`);
      return `${seen.fired.size} of ${known.length} known to fire do, ${seen.elsewhere.size} ask elsewhere`;
    });
    await test("hostile: under our policies alone no vector runs", async () => {
      stage.policies.page = await policy(`${site}/about`);
      stage.policies.sandbox = await policy(`${site}${await rawOf(archive)}`);
      const chosen = full ? vectors.map((_, number) => number) : known.map(({ number }) => number);
      const seen = await watch(browser, stage.at, ["page", "sandbox"].flatMap((name) => chosen.map((number) => `/vector/${name}/${number}`)));
      assert.deepEqual(told(seen.fired), []);
      return `${chosen.length} vectors under ${Object.keys(stage.policies).length - 1} policies`;
    });
    const messages = await archive.found("");
    for (const view of views) {
      const addresses = await view.addresses({ site, messages });
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

const rawOf = async (archive) => `/m/${(await archive.found(""))[0].id}.raw`;

// The site's own headers, as it sends them.
async function policy(address) {
  const answer = await fetch(address);
  const found = answer.headers.get("content-security-policy");
  assert.ok(found, `${address} has a policy`);
  return { "content-security-policy": found, "x-content-type-options": "nosniff" };
}

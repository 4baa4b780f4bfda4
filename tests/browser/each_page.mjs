// What holds of every page: no violation that axe knows, no sideways scroll, one h1, landmarks, titles, weight, nothing from elsewhere.

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { target } from "./archive.mjs";
import { otherwise, pages } from "./pages.mjs";
import { assert, test } from "./suite.mjs";

const widths = [360, 768, 1440];
// A window of 1280 px at 400 % (WCAG 1.4.10).
const zoomed = 320;
const schemes = ["light", "dark"];
const atOnce = 2;
// A picture ends here, for that of a hundred messages is slow to take and nobody looks at it.
const tallest = 5000;
const mostRequests = 4;
const mostStyle = 10 * 1024;
const mostScript = 12 * 1024;
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

export async function everyPage(browser, archive, places) {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const pictures = path.join(target, "screenshots");
  await mkdir(pictures, { recursive: true });
  const titles = new Map();
  const todo = pages.values();
  const work = async () => {
    for (const page of todo) await test(`page ${page.name}`, () => look(page, { browser, archive, places, axe, pictures, titles }));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function look(page, { browser, archive, places, axe, pictures, titles }) {
  const window = await browser.window();
  const wrong = [];
  try {
    const tab = await window.newPage();
    const requests = [];
    const refused = page.status ?? 200;
    tab.on("requestfinished", (request) => requests.push(request));
    tab.on("requestfailed", (request) => wrong.push(`could not load ${request.url()}`));
    tab.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
    tab.on("console", (line) => {
      // Chromium reports the page's own status there, too.
      if (["error", "warning"].includes(line.type()) && !(refused !== 200 && line.text().includes(`status of ${refused}`))) {
        wrong.push(`console: ${line.text()}`);
      }
    });
    const answer = await tab.goto(archive.at + page.at(places), { waitUntil: "load" });
    if (answer.status() !== refused) wrong.push(`answers ${answer.status()}`);
    const weight = await weigh(page, requests, archive, wrong);
    wrong.push(...await tab.evaluate(structure));
    // Flat and nested, sorted so or so, cited whole or in part: the same thing may have the same title, another page never.
    const [title, thing] = [await tab.title(), archive.at + page.at(places).replace(/[?&](view|sort|group|text|p)=\w+/, "")];
    if (refused === 200 && (titles.get(title) ?? thing) !== thing) wrong.push(`has the title of ${titles.get(title)}: ${title}`);
    titles.set(title, thing);

    for (const width of [...widths, zoomed]) {
      await tab.setViewportSize({ width, height: 900 });
      const over = await tab.evaluate(sideways);
      if (over.length) wrong.push(`scrolls sideways at ${width} px: ${over.join(", ")}`);
      for (const scheme of width === zoomed ? [] : schemes) {
        await tab.emulateMedia({ colorScheme: scheme });
        const tall = await tab.evaluate(() => document.documentElement.scrollHeight);
        const clip = { x: 0, y: 0, width, height: Math.min(tall, tallest) };
        await tab.screenshot({ path: path.join(pictures, `${page.name}-${width}-${scheme}.png`), fullPage: true, clip });
        if (page.heavy && (width !== widths[0] || scheme === "dark")) continue;
        for (const found of await violations(tab, axe, scheme)) wrong.push(`axe at ${width} px, ${scheme}: ${found}`);
      }
    }
    await tab.setViewportSize({ width: 1440, height: 900 });
    wrong.push(...await skip(tab));
    assert.deepEqual(wrong, []);
    return weight;
  } finally {
    await window.close();
  }
}

async function weigh(page, requests, archive, wrong) {
  const elsewhere = requests.filter((request) => !request.url().startsWith(archive.at) && !request.url().startsWith("data:"));
  for (const request of elsewhere) wrong.push(`asks ${request.url()}`);
  if (requests.length > (page.requests ?? mostRequests)) wrong.push(`${requests.length} requests: ${requests.map((request) => request.url()).join(", ")}`);
  const limits = { document: page.most ?? otherwise, stylesheet: mostStyle, script: mostScript };
  const said = [];
  for (const request of requests) {
    const size = (await request.sizes()).responseBodySize;
    const limit = limits[request.resourceType()];
    said.push(`${request.resourceType()} ${(size / 1024).toFixed(1)} KB`);
    if (limit && size > limit) wrong.push(`${request.url()} weighs ${size} octets, ${limit} are allowed`);
  }
  return said.join(", ");
}

// In the page: what its structure lacks.
function structure() {
  const wrong = [];
  const count = (what) => document.querySelectorAll(what).length;
  if (count("h1") !== 1) wrong.push(`${count("h1")} h1`);
  for (const landmark of ["main", "body > header", "body > footer", "nav[aria-label]", "form[role=search]"]) {
    if (count(landmark) === 0) wrong.push(`no ${landmark}`);
  }
  if (count("main") > 1) wrong.push("several main");
  if (!document.documentElement.lang) wrong.push("no language");
  if (!/\S – \S|^\S/.test(document.title)) wrong.push("no title");
  const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
  const doubled = ids.filter((id, n) => ids.indexOf(id) !== n);
  if (doubled.length) wrong.push(`ids given twice: ${doubled.join(", ")}`);
  return wrong;
}

// In the page: what stands out to the right of the window, where the window then scrolls.
function sideways() {
  const edge = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= edge) return [];
  return [...document.querySelectorAll("main *, body > *")]
    .filter((it) => it.getBoundingClientRect().right > edge + 1)
    .slice(0, 3)
    .map((it) => `${it.localName}.${it.className} ends at ${Math.round(it.getBoundingClientRect().right)}`)
    .concat(`the page is ${document.scrollingElement.scrollWidth} px wide`);
}

// In the dark only colours can be other than in the light.
async function violations(tab, axe, scheme) {
  await tab.evaluate(axe);
  const runOnly = scheme === "dark" ? { type: "rule", values: ["color-contrast", "link-in-text-block"] } : { type: "tag", values: rules };
  return tab.evaluate(async (runOnly) => {
    const { violations } = await globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] });
    return violations.map((it) => `${it.id} (${it.help}): ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" ")}`);
  }, runOnly);
}

// The first stop of the Tab key is the skip link; it can be seen then, and leads past the head of the page.
async function skip(tab) {
  const wrong = [];
  // As on arrival, also where the page puts the caret into its search box.
  await tab.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); scrollTo(0, 0); });
  await tab.keyboard.press("Tab");
  const first = await tab.evaluate(() => {
    const it = document.activeElement;
    const { left, top, width } = it.getBoundingClientRect();
    return { skip: it.matches("a.skip"), seen: left >= 0 && top >= 0 && width > 0 };
  });
  if (!first.skip || !first.seen) return ["the first stop of the Tab key is no skip link that can be seen"];
  await tab.keyboard.press("Enter");
  if (!await tab.evaluate(() => document.activeElement.matches("main"))) wrong.push("the skip link does not lead to main");
  return wrong;
}

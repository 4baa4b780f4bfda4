// The pages that are looked at, as data: a new page is one line here. Every route and every template must have its line.

import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { repository } from "./archive.mjs";
import { assert, leftOut } from "./suite.mjs";

const KB = 1024;

// `at` is made from what the archive holds (`places` below). `hits` names a page whose results are walked by keys, `most` the
// octets, compressed, that its HTML may have: the budgets of results and of a thread of fifty, and the latter for all others. A `heavy`
// page has a template that a lighter one shows, too; axe takes half a minute for it and sees it once. `requests` is for a page that
// takes more than four.
const all = [
  { name: "home", route: "/", template: "home", at: () => "/", most: 25 * KB },
  { name: "search", route: "/search", template: "search", at: () => "/search?q=ipv6", most: 25 * KB, hits: true },
  { name: "search-all", route: "/search", template: "search", at: () => "/search", most: 25 * KB, hits: true },
  { name: "search-ungrouped", route: "/search", template: "search", at: () => "/search?q=list:bp_ixps+cable&group=none", most: 25 * KB, hits: true },
  { name: "search-filtered", route: "/search", template: "search", at: () => "/search?q=list:bp_ixps+date:2015+is:reply", most: 25 * KB },
  { name: "search-none", route: "/search", template: "search", at: () => "/search?q=ipv6+zeppelin", most: 25 * KB },
  { name: "search-parts", route: "/search", template: "search", at: () => "/search?q=ipv6+deploymnet+zeppelin", most: 25 * KB },
  { name: "search-unknown", route: "/search", template: "search", at: () => "/search?q=list:nope", most: 25 * KB },
  { name: "search-beyond", route: "/search", template: "search", at: () => "/search?q=ipv6&page=99", most: 25 * KB },
  { name: "search-odd", route: "/search", template: "search", at: () => "/search?q=colour:blue+%28ipv6+%22", most: 25 * KB },
  { name: "thread", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.thread}`, hits: true },
  { name: "thread-flat", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.thread}?view=flat`, hits: true },
  { name: "thread-fifty", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.fifty}`, hits: true, most: 40 * KB, heavy: true },
  { name: "thread-paged", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.long}`, hits: true, most: 80 * KB, heavy: true },
  { name: "thread-ghost", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.ghost}` },
  { name: "message", route: "/m/{id}", template: "message", at: (it) => `/m/${it.message}` },
  { name: "message-cited", route: "/m/{id}", template: "message", at: (it) => `/m/${it.message}?p=1` },
  { name: "message-patch", route: "/m/{id}", template: "message", at: (it) => `/m/${it.patch}` },
  { name: "message-table", route: "/m/{id}", template: "message", at: (it) => `/m/${it.table}` },
  { name: "message-attachments", route: "/m/{id}", template: "message", at: (it) => `/m/${it.attachments}` },
  { name: "message-rival", route: "/m/{id}", template: "message", at: (it) => `/m/${it.rival}` },
  { name: "message-hostile", route: "/m/{id}", template: "message", at: (it) => `/m/${it.hostile}` },
  { name: "message-wide", route: "/m/{id}", template: "message", at: (it) => `/m/${it.wide}` },
  { name: "message-arabic", route: "/m/{id}", template: "message", at: (it) => `/m/${it.arabic}` },
  { name: "message-html", route: "/m/{id}/html", template: "html", at: (it) => `/m/${it.html}/html`, requests: 6 },
  { name: "thread-own", route: "/t/{id}", template: "thread", at: (it) => `/t/${it.fifty}?text=own` },
  { name: "lists", route: "/l/", template: "lists", at: () => "/l/" },
  { name: "list", route: "/l/{slug}/", template: "list", at: () => "/l/bp_ipv6/" },
  { name: "list-year", route: "/l/{slug}/{year}/", template: "period", at: () => "/l/bp_ipv6/2015/", hits: true },
  { name: "list-month", route: "/l/{slug}/{year}/{month}/", template: "period", at: () => "/l/bp_ipv6/2015/06/", hits: true },
  { name: "list-month-long", route: "/l/{slug}/{year}/{month}/", template: "period", at: () => "/l/harbour/2016/03/?view=dates", hits: true },
  { name: "list-day", route: "/l/{slug}/{year}/{month}/{day}/", template: "period", at: () => "/l/harbour/2016/03/01/", hits: true },
  { name: "list-day-empty", route: "/l/{slug}/{year}/{month}/{day}/", template: "period", at: () => "/l/harbour/2016/03/20/" },
  { name: "person", route: "/p/{person}", template: "person", at: (it) => `/p/${it.person}` },
  { name: "runs", route: "/runs/", template: "runs", at: () => "/runs/" },
  { name: "run", route: "/runs/{run}", template: "run", at: (it) => `/runs/${it.run}` },
  { name: "help", route: "/help/search", template: "help", at: () => "/help/search" },
  { name: "about", route: "/about", template: "about", at: () => "/about" },
  { name: "missing-pipermail", route: "/pipermail/{*path}", template: "missing", at: () => "/pipermail/no-such-list/2015-June/000001.html", status: 404 },
  { name: "missing-form", template: "missing", at: () => "/search.zip", status: 404 },
  { name: "missing", template: "missing", at: () => "/m/nothing-has-this-address", status: 404 },
];
export const otherwise = 40 * KB;

const web = path.join(repository, "crates/web");
const table = await readFile(path.join(web, "src/lib.rs"), "utf8");
const routes = [...table.matchAll(/\.route\(\s*"([^"]+)"/g)].map((found) => found[1]);
// A line that is ahead of the site is left out.
export const pages = all.filter(({ route }) => !route || routes.includes(route));

// Routes that answer with no page of ours, and why.
const noPages = {
  "/m/{id}/a/{part}/{name}": "a file to be saved",
  "/m/{id}/html/frame": "stands in the page around it",
  "/l": "leads to the page with a slash",
  "/l/{slug}": "leads to the list's page",
  "/api/v1/search": "JSON",
  "/api/v1/messages/{id}": "JSON",
  "/api/v1/threads/{id}": "JSON",
  "/api/v1/lists": "JSON",
  "/api/v1/runs": "JSON",
  "/api/v1/runs/{run}": "JSON",
  "/api/v1/suggest": "JSON",
  "/search.json": "JSON",
  "/runs": "leads to the page with a slash",
  "/help": "leads to the help on searching",
  "/static/style.css": "loaded by every page",
  "/static/plenary.js": "loaded by every page",
  "/static/frame.css": "loaded in the frame of a message's own HTML",
  "/favicon.svg": "loaded by every page",
  "/robots.txt": "text",
  "/healthz": "text",
  "/readyz": "text",
  "/metrics": "text",
};

// What the lines above ask the archive for.
export async function places(archive) {
  const [run] = (await archive.run("runs", "--json")).split("\n");
  const message = await archive.one("list:bp_ipv6 table");
  return {
    thread: (await archive.one("list:bp_ipv6 is:reply")).thread,
    fifty: (await archive.one("list:harbour fifty")).thread,
    long: (await archive.one("list:harbour hundred")).thread,
    ghost: (await archive.one('list:fixtures "lost proposal"')).thread,
    message: message.id,
    quoting: (await archive.one("mid:fifty-5@harbour.example.org")).id,
    person: message.from.person,
    table: (await archive.one('list:harbour subject:"free berths"')).id,
    patch: (await archive.one("list:harbour subject:burns")).id,
    attachments: (await archive.one("list:fixtures has:attachment")).id,
    html: (await archive.one("list:fixtures has:html")).id,
    rival: (await archive.one('list:fixtures "quay committee"')).id,
    hostile: (await archive.one("list:fixtures vector")).id,
    wide: (await archive.one("list:harbour unbroken")).id,
    arabic: (await archive.one("list:harbour المرفأ")).id,
    run: JSON.parse(run).run,
  };
}

// Fails where the site has an address or a template that nobody looks at.
export async function everyRouteHasItsPage() {
  for (const { name, route } of all.filter((page) => !pages.includes(page))) leftOut(`page ${name}: the site has no route ${route}`);
  assert.ok(routes.length > 20, "the routes stand in crates/web/src/lib.rs");
  const looked = [...all.map((page) => page.route), ...Object.keys(noPages)];
  assert.deepEqual(routes.filter((route) => !looked.includes(route)), [], "routes without a line in tests/browser/pages.mjs");

  const templates = [];
  for (const name of await readdir(path.join(web, "templates"))) {
    const text = await readFile(path.join(web, "templates", name), "utf8");
    if (text.startsWith('{% extends "layout.html" %}')) templates.push(path.basename(name, ".html"));
  }
  const shown = pages.map((page) => page.template);
  assert.deepEqual(templates.filter((name) => !shown.includes(name)), [], "templates that no line shows");
  return `${routes.length} routes, ${templates.length} templates, ${pages.length} pages`;
}

// How people read: with keys alone, without script, in the dark, on paper.

import { pages } from "./pages.mjs";
import { assert, test } from "./suite.mjs";

export async function reading(browser, archive, places) {
  const on = async (options, walk) => {
    const window = await browser.window(options);
    try {
      const tab = await window.newPage();
      await walk(tab, window);
    } finally {
      await window.close();
    }
  };
  const go = (tab, path) => tab.goto(archive.at + path);
  const focused = (tab) => tab.evaluate(() => document.activeElement.getAttribute("href") ?? document.activeElement.id);
  const arrives = (tab, path) => tab.waitForURL((url) => url.href.startsWith(archive.at + path), { timeout: 10_000 });

  await test("keys: Tab goes through the results in their order", () => on({}, async (tab) => {
    await go(tab, "/search?q=ipv6");
    const hits = await tab.$$eval(".hits .goes", (links) => links.map((link) => link.getAttribute("href")));
    const met = [];
    for (let n = 0; n < 400 && met.length < hits.length; n += 1) {
      await tab.keyboard.press("Tab");
      const it = await tab.evaluate(() => ({
        hit: document.activeElement.matches(".hits .goes") && document.activeElement.getAttribute("href"),
        ring: getComputedStyle(document.activeElement).outlineStyle,
        seen: document.activeElement.getBoundingClientRect().height > 0,
      }));
      assert.notEqual(it.ring, "none", "whatever has the focus has a ring");
      assert.ok(it.seen, "whatever has the focus can be seen");
      if (it.hit) met.push(it.hit);
    }
    assert.deepEqual(met, hits);
  }));

  await test("keys: what is typed can be completed with the arrow keys, and Esc leaves it as it is", () => on({}, async (tab) => {
    await go(tab, "/");
    await tab.focus("#q");
    await tab.keyboard.type("cost list:bp_ge");
    const option = tab.getByRole("option", { name: /list:bp_gender/ });
    await option.waitFor();
    await tab.keyboard.press("ArrowDown");
    assert.equal(await option.getAttribute("aria-selected"), "true");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.inputValue("#q"), "cost list:bp_gender ");
    assert.equal(await tab.getByRole("option").count(), 0);
    await tab.keyboard.type("is:su");
    await tab.getByRole("option", { name: /is:summary/ }).waitFor();
    await tab.keyboard.press("Escape");
    assert.equal(await tab.getByRole("option").count(), 0);
    assert.equal(await tab.inputValue("#q"), "cost list:bp_gender is:su");
    await tab.keyboard.press("Enter");
    await arrives(tab, "/search?q=cost+list%3Abp_gender+is%3Asu");
  }));

  await test("keys: / finds the box, a search is typed, Esc leaves it, j and k walk the results, Enter opens one", () => on({}, async (tab) => {
    await go(tab, "/about");
    await tab.keyboard.press("/");
    assert.equal(await focused(tab), "q");
    await tab.keyboard.type("ipv6 j");
    assert.equal(await tab.inputValue("#q"), "ipv6 j", "in the box a j is a j");
    await tab.keyboard.press("Backspace");
    await tab.keyboard.press("Backspace");
    await tab.keyboard.press("Enter");
    await arrives(tab, "/search?q=ipv6");
    await tab.keyboard.press("/");
    await tab.keyboard.press("Escape");
    const hits = await tab.$$eval(".hits .goes", (links) => links.map((link) => link.getAttribute("href")));
    await tab.keyboard.press("j");
    assert.equal(await focused(tab), hits[0]);
    await tab.keyboard.press("j");
    assert.equal(await focused(tab), hits[1]);
    await tab.keyboard.press("k");
    assert.equal(await focused(tab), hits[0]);
    await tab.keyboard.press("Enter");
    await arrives(tab, hits[0].split("#")[0]);
  }));

  for (const page of pages.filter((it) => it.hits)) {
    await test(`keys: j reaches the first of ${page.name}`, () => on({}, async (tab) => {
      await go(tab, page.at(places));
      await tab.keyboard.press("j");
      assert.ok(await tab.evaluate(() => document.activeElement.matches(".goes")));
    }));
  }

  await test("keys: n and p go through a thread, q unfolds and folds, ? shows the keys, and all can be switched off", () => on({}, async (tab) => {
    await go(tab, `/m/${places.thread}`);
    await tab.keyboard.press("n");
    await tab.waitForURL((url) => url.pathname !== `/m/${places.thread}`);
    await tab.keyboard.press("p");
    await arrives(tab, `/m/${places.thread}`);

    await go(tab, `/t/${places.fifty}`);
    const open = () => tab.$$eval(".quote", (quotes) => quotes.map((quote) => quote.open));
    const before = await open();
    assert.ok(before.includes(false), "some quotes are folded");
    await tab.keyboard.press("q");
    assert.ok((await open()).every(Boolean));
    await tab.keyboard.press("q");
    assert.ok((await open()).every((it) => !it));

    await tab.getByRole("button", { name: "Keys: on" }).click();
    await tab.evaluate(() => document.activeElement.blur());
    await tab.keyboard.press("?");
    await tab.keyboard.press("j");
    assert.ok(tab.url().startsWith(`${archive.at}/t/`) && !await tab.evaluate(() => document.activeElement.matches(".goes")), "switched off, keys do nothing");
    await tab.reload();
    await tab.getByRole("button", { name: "Keys: off" }).click();
    await tab.evaluate(() => document.activeElement.blur());
    await tab.keyboard.press("?");
    await arrives(tab, "/help/search");
  }));

  await test("keys: ? asks in an empty search box, and is typed after words", () => on({}, async (tab) => {
    await go(tab, "/");
    assert.equal(await focused(tab), "q");
    await tab.keyboard.type("why?");
    assert.equal(await tab.inputValue("#q"), "why?");
    await tab.fill("#q", "");
    await tab.keyboard.press("?");
    await arrives(tab, "/help/search");
  }));

  for (const script of [true, false]) {
    await test(`a paragraph is cited by its number, ${script ? "with" : "without"} script`, () => on({ javaScriptEnabled: script }, async (tab) => {
      await go(tab, `/m/${places.patch}`);
      await tab.locator(".para").last().click();
      await arrives(tab, `/m/${places.patch}?p=`);
      const number = new URL(tab.url()).searchParams.get("p");
      assert.equal(new URL(tab.url()).hash, `#p${number}`);
      assert.ok((await tab.textContent("#cite")).trim().endsWith(`#p${number}`), await tab.textContent("#cite"));
      assert.equal(await tab.locator(".cited").getAttribute("id"), `p${number}`);
      await tab.locator(".styles summary").click();
      assert.equal(await tab.locator(".copy").first().isVisible().catch(() => false), script, "what copies needs the script");
    }));
  }

  await test("a table that does not fit is a region with a name, which keys reach and scroll", () => on({ viewport: { width: 360, height: 800 } }, async (tab) => {
    for (const path of ["/runs/", "/l/bp_ipv6/", `/runs/${places.run}`]) {
      await go(tab, path);
      const wide = await tab.$$eval(".wide", (all) => all.filter((it) => it.scrollWidth > it.clientWidth).map((it) => ({
        reached: it.tabIndex === 0 && it.getAttribute("role") === "group",
        named: it.hasAttribute("aria-label") || document.getElementById(it.getAttribute("aria-labelledby")) !== null,
        drawn: getComputedStyle(it).backgroundImage.includes("gradient"),
      })));
      assert.ok(wide.length > 0, `${path} has one`);
      assert.ok(wide.every((it) => it.reached && it.named && it.drawn), `${path}: ${JSON.stringify(wide)}`);
    }
    await go(tab, `/runs/${places.run}`);
    assert.ok(await tab.$$eval(".told", (all) => all.every((it) => it.parentElement.scrollWidth <= it.parentElement.clientWidth)), "explanations wrap");
  }));

  await test("keys: with Ctrl they are the browser's", () => on({}, async (tab) => {
    await go(tab, "/search?q=ipv6");
    await tab.keyboard.press("Control+j");
    assert.ok(!await tab.evaluate(() => document.activeElement.matches(".goes")));
  }));

  await test("without script: search, facets, paging, sorting, folding, the chart's table and threads", () => on({ javaScriptEnabled: false }, async (tab) => {
    await go(tab, "/");
    await tab.fill("#q", "ipv6");
    await tab.click("form[role=search] button");
    await arrives(tab, "/search?q=ipv6");
    const hits = await tab.locator(".hits > li").count();
    assert.ok(hits > 5, `${hits} hits`);
    const facet = tab.locator(".facets a").first();
    assert.ok(await facet.isVisible(), "facets stand beside the results");
    await facet.click();
    assert.notEqual(new URL(tab.url()).searchParams.get("q"), "ipv6");
    assert.ok(await tab.locator(".chips a").first().isVisible(), "the filter can be taken away again");
    await tab.locator(".chart summary").first().click();
    assert.ok(await tab.locator(".chart table").first().isVisible(), "the chart has a table");

    await go(tab, "/search");
    await tab.locator("a[rel=next]").first().click();
    await arrives(tab, "/search");
    assert.equal(new URL(tab.url()).searchParams.get("page"), "2");
    assert.ok(await tab.locator(".hits > li").count() > 5);
    await tab.getByRole("link", { name: "oldest", exact: true }).click();
    assert.equal(new URL(tab.url()).searchParams.get("sort"), "oldest");

    await go(tab, `/t/${places.fifty}`);
    const quote = tab.locator(".quote:not([open])").first();
    await quote.locator("summary").click();
    assert.ok(await tab.locator(".quote[open] blockquote").first().isVisible());
    await tab.locator(".outline a").nth(1).click();
    assert.ok(new URL(tab.url()).hash.length > 1);

    await tab.setViewportSize({ width: 360, height: 800 });
    await go(tab, "/search?q=ipv6");
    assert.ok(!await tab.locator(".facets a").first().isVisible(), "on a phone the facets are folded");
    await tab.locator(".facets summary").first().click();
    assert.ok(await tab.locator(".facets a").first().isVisible());
    assert.ok(!await tab.locator("#switches").isVisible(), "switches that need the script are not there");
  }));

  // What is painted first is what was computed before anything of the page's body was there.
  const paper = { light: "rgb(253, 252, 249)", dark: "rgb(20, 23, 26)" };
  for (const [scheme, chosen, expected] of [["light", null, "light"], ["dark", null, "dark"], ["light", "dark", "dark"], ["dark", "light", "light"]]) {
    await test(`colours: the system says ${scheme}, the reader ${chosen ?? "nothing"}: ${expected} from the first paint on`, () => on({ colorScheme: scheme }, async (tab) => {
      await go(tab, "/about");
      if (chosen) {
        const button = tab.locator("#switches button").first();
        while (await button.textContent() !== `Colours: ${chosen}`) await button.click();
      }
      // Runs before the page, and looks whenever something is about to be painted.
      await tab.addInitScript(() => {
        globalThis.painted = [];
        const see = () => {
          if (document.body) globalThis.painted.push(getComputedStyle(document.documentElement).backgroundColor);
          if (document.readyState !== "complete") requestAnimationFrame(see);
        };
        requestAnimationFrame(see);
      });
      await go(tab, `/t/${places.fifty}`);
      const painted = [...new Set(await tab.evaluate(() => globalThis.painted))];
      assert.deepEqual(painted, [paper[expected]]);
    }));
  }

  for (const script of [true, false]) {
    await test(`on paper: quotes are unfolded and nothing is there to be clicked, ${script ? "with" : "without"} script`, () => on({ javaScriptEnabled: script, colorScheme: "dark" }, async (tab) => {
      await go(tab, `/m/${places.quoting}`);
      assert.ok(await tab.locator(".quote:not([open])").count() > 0, "the message has a folded quote");
      await tab.emulateMedia({ media: "print" });
      const text = tab.locator(".quote blockquote").first();
      assert.ok(await text.isVisible());
      assert.ok(await text.evaluate((it) => it.checkVisibility({ contentVisibilityAuto: true }) && it.getBoundingClientRect().height > 10));
      for (const what of [".top form", ".top nav", ".bottom", ".steps"]) assert.ok(!await tab.locator(what).first().isVisible(), `${what} is not printed`);
      assert.ok(await tab.locator("#permalink").isVisible(), "the permalink is printed");
      const [title, notice] = [await tab.locator(".top .mark").boundingBox(), await tab.locator(".notice").boundingBox()];
      assert.ok(title.y >= 0 && notice.y >= title.y + title.height, `the archive's title is printed, and its notice whole below it: ${title.y}, ${notice.y}`);
      assert.equal(await tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), "rgb(255, 255, 255)");
    }));
  }

  await test("on paper: a thread says whom each answers, and where each is to be found", () => on({}, async (tab) => {
    await go(tab, `/t/${places.thread}`);
    await tab.emulateMedia({ media: "print" });
    const printed = await tab.$$eval(".messages .goes", (links) => links.map((link) => getComputedStyle(link, "::after").content));
    assert.ok(printed.length > 1 && printed.every((it) => it.includes("http://")), JSON.stringify(printed));
    assert.match(await tab.textContent(".messages"), /in reply to \p{L}/u);
    await go(tab, "/search?q=ipv6+list:bp_ipv6");
    for (const what of [".box", ".chips", ".act"]) assert.ok(!await tab.locator(what).first().isVisible(), `${what} is not printed`);
  }));

  await test("milestones can be read where the chart is too narrow for words", () => on({ viewport: { width: 360, height: 800 } }, async (tab) => {
    await go(tab, "/l/bp_ipv6/");
    const numbers = tab.locator(".chart .number");
    assert.ok(await numbers.count() > 2 && await numbers.first().isVisible());
    await tab.locator(".events summary").click();
    assert.match(await tab.locator(".events li").first().textContent(), /2015: \S/);
  }));
}

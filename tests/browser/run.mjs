// The browser tests. Builds nothing: PLENARY_BINARY, else target/release/plenary, is the program that is looked at.
//
//     node tests/browser/run.mjs [--full] [--only WORDS]
//
// --full shows every hostile vector in every view; without it, a fixed sample of them. CHROMIUM names another Chromium.

import { parseArgs } from "node:util";
import { Archive, stopAll } from "./archive.mjs";
import { Browser, installed, program } from "./chromium.mjs";
import { dumps } from "./dumps.mjs";
import { everyPage } from "./each_page.mjs";
import { hostile } from "./hostile.mjs";
import { everyRouteHasItsPage, places } from "./pages.mjs";
import { reading } from "./reading.mjs";
import { only, sum, test } from "./suite.mjs";

const { values: asked } = parseArgs({ options: { full: { type: "boolean" }, only: { type: "string" } } });
if (asked.only) only(asked.only);
if (!await installed()) {
  console.error(`${program} is missing: install Debian's package chromium, or name another in CHROMIUM`);
  process.exit(2);
}

const archive = await Archive.with(dumps());
const browser = await Browser.start();
const stop = () => Promise.allSettled([browser.stop(), stopAll()]);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stop().then(() => process.exit(130)));
try {
  console.log(`Chromium ${browser.chromium.version()}`);
  await archive.serve();
  const known = await places(archive);
  await test("every route and every template has its page here", everyRouteHasItsPage);
  await everyPage(browser, archive, known);
  await reading(browser, archive, known);
  await hostile(browser, asked.full);
} finally {
  await stop();
}
process.exitCode = sum() ? 0 : 1;

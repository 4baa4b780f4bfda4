// Debian's Chromium with an empty profile, and a proxy that notes whatever wants to leave this machine and lets nothing out.

import { access } from "node:fs/promises";
import http from "node:http";
import { chromium } from "playwright-core";

export const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
// Nothing of its own over the network, so that every request that the proxy sees is a page's.
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
// What Chromium asks all the same, for itself: about forms, updates, whether somebody is signed in. A page that asks there is seen in
// its own requests.
const ownHosts = /^(https?:\/\/)?[\w.-]+\.(google|googleapis|gstatic|gvt1)\.com(:\d+|\/|$)/;

export const installed = () => access(program).then(() => true, () => false);

export class Browser {
  static async start() {
    const browser = new Browser();
    // What asked to go elsewhere, be it a picture, a form or a connection opened early: only loopback avoids the proxy.
    browser.elsewhere = [];
    const note = (url) => { if (!ownHosts.test(url)) browser.elsewhere.push(url); };
    browser.proxy = http.createServer((request, response) => {
      note(request.url);
      response.writeHead(502).end();
    });
    browser.proxy.on("connect", (request, socket) => {
      note(request.url);
      socket.on("error", () => {});
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await new Promise((ready) => { browser.proxy.listen(0, "127.0.0.1", ready); });
    browser.chromium = await chromium.launch({
      executablePath: program,
      headless: true,
      // As root, which CI is, Chromium's own sandbox does not start.
      chromiumSandbox: false,
      args: flags,
      // The runner stops everything itself.
      handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
      proxy: { server: `http://127.0.0.1:${browser.proxy.address().port}`, bypass: "127.0.0.1" },
    });
    return browser;
  }

  // A window with a storage of its own; all of Playwright's options for a context.
  window(options = {}) {
    return this.chromium.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  }

  async stop() {
    await this.chromium.close();
    this.proxy.closeAllConnections();
    await new Promise((closed) => { this.proxy.close(closed); });
  }
}

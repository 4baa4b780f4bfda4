// Optional: keys, the choice of light or dark, copying. Every page works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  const keep = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* private window */ } };
  const kept = (key) => { try { return localStorage.getItem(key) || ""; } catch { return ""; } };
  // At once, before anything is painted: no flash.
  const dress = () => { const theme = kept("theme"); theme ? root.dataset.theme = theme : delete root.dataset.theme; };
  dress();

  document.addEventListener("DOMContentLoaded", () => {
    const all = (what) => [...document.querySelectorAll(what)];
    const one = (what) => document.querySelector(what);

    // Beside the hits on a wide screen the panel is open; on a phone it stays folded.
    // Browsers that know ::details-content see to it in the sheet.
    if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 60rem)").matches) {
      all(".fold").forEach((fold) => { fold.open = true; });
    }

    const switches = one("#switches");
    const toggle = (name, values, then) => {
      const button = document.createElement("button");
      button.type = "button";
      const label = () => { button.textContent = values.find(([value]) => value === kept(name))?.[1] ?? values[0][1]; };
      button.addEventListener("click", () => {
        const at = values.findIndex(([value]) => value === kept(name));
        keep(name, values[(at + 1) % values.length][0]);
        label();
        then?.();
      });
      label();
      switches.append(button);
    };
    toggle("theme", [["", "Colours: as the system"], ["light", "Colours: light"], ["dark", "Colours: dark"]], dress);
    toggle("keys", [["", "Keys: on"], ["off", "Keys: off"]]);
    switches.hidden = false;

    const say = (words) => {
      let line = one("#said");
      if (!line) {
        line = document.createElement("p");
        line.id = "said";
        line.setAttribute("role", "status");
        switches.before(line);
      }
      line.textContent = words;
    };

    const stops = all(".hits .goes, .messages > article .goes");
    let at = -1;
    const go = (step) => {
      if (!stops.length) return;
      at = Math.max(0, Math.min(stops.length - 1, at + step));
      stops[at].focus();
      stops[at].closest("li, article").scrollIntoView({ block: "nearest" });
    };
    stops.forEach((stop, n) => stop.addEventListener("focus", () => { at = n; }));
    const follow = (what) => { const link = one(what); if (link) location.href = link.href; };

    const keys = {
      "/": () => { const box = one("#q"); box?.focus(); box?.select(); },
      j: () => go(1),
      k: () => go(-1),
      o: () => { if (at >= 0) location.href = stops[at].href; },
      n: () => follow("a[rel=next]"),
      p: () => follow("a[rel=prev]"),
      q: () => { const quotes = all(".quote"); const open = quotes.some((quote) => !quote.open); quotes.forEach((quote) => { quote.open = open; }); },
      y: () => {
        const link = one("#permalink") ?? one("link[rel=canonical]");
        const url = new URL(link ? link.href : location.href);
        if (link && location.hash) url.hash = location.hash;
        navigator.clipboard?.writeText(url.href).then(() => say("Copied: " + url.href), () => say(url.href));
      },
      "?": () => { location.href = "/help/search#keys"; },
    };
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key === "Escape" && typing) { typing.blur(); return; }
      if (typing || event.ctrlKey || event.metaKey || event.altKey || kept("keys") === "off") return;
      const act = Object.hasOwn(keys, event.key) && keys[event.key];
      if (act) { event.preventDefault(); act(); }
    });
  });

  // On paper nothing stays folded, and afterwards everything is as it was.
  let folded = [];
  addEventListener("beforeprint", () => { folded = [...document.querySelectorAll(".quote:not([open])")]; folded.forEach((it) => { it.open = true; }); });
  addEventListener("afterprint", () => { folded.forEach((it) => { it.open = false; }); });
})();

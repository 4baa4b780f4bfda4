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

    // Beside the hits on a wide screen the panel is open, and is said to be; on a phone it stays folded.
    if (matchMedia("(min-width: 60rem)").matches) {
      all(".fold").forEach((fold) => { fold.open = true; if (CSS.supports("selector(::details-content)")) fold.firstElementChild.tabIndex = -1; });
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

    const copy = (words) => {
      const told = () => say("Copied: " + words);
      navigator.clipboard ? navigator.clipboard.writeText(words).then(told, () => say(words)) : say(words);
    };
    const permanent = (hash) => {
      const link = one("#permalink") ?? one("link[rel=canonical]");
      const url = new URL(link ? link.href : location.href);
      if (hash !== undefined) url.hash = hash;
      return url.href;
    };

    // A button beside each citation; without the script they are selected by hand.
    all(".styles dt").forEach((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy: " + name.textContent);
      button.addEventListener("click", () => copy(name.nextElementSibling.textContent.trim()));
      name.append(button);
    });

    const stops = all(".hits .goes, .messages > article .goes");
    let at = -1;
    const go = (step) => {
      if (!stops.length) return;
      at = Math.max(0, Math.min(stops.length - 1, at + step));
      stops[at].focus();
      stops[at].closest("li, article").scrollIntoView({ block: "nearest" });
    };
    stops.forEach((stop, n) => stop.addEventListener("focus", () => { at = n; }));
    const follow = (...ways) => { const link = ways.map(one).find(Boolean); if (link) location.href = link.href; };

    // Results stay in reach from the messages they lead to: for this tab, and only here.
    const remember = (value) => { try { sessionStorage.setItem("results", JSON.stringify(value)); } catch { /* private window */ } };
    const recall = () => { try { return JSON.parse(sessionStorage.getItem("results")) ?? {}; } catch { return {}; } };
    const path = (link) => new URL(link.href).pathname;
    if (one(".hits") && location.pathname === "/search") {
      const first = one("ol.hits").start || 1;
      remember({ page: location.pathname + location.search, first, hits: all(".hits .goes").map(path), total: one(".sum b")?.textContent ?? "" });
    }
    const results = recall();
    const here = results.hits?.indexOf(location.pathname) ?? -1;
    const hit = (step) => { const to = results.hits?.[here + step]; if (here >= 0 && to) location.href = to; };
    if (here >= 0 && one(".crumbs") && typeof results.page === "string" && results.page.startsWith("/search")) {
      const back = document.createElement("a");
      back.href = results.page;
      back.className = "back";
      back.textContent = `back to results (${results.first + here})`;
      one(".crumbs").append(" · ", back);
    }

    const keys = {
      "/": () => { const box = one("#q"); box?.focus(); box?.select(); },
      j: () => go(1),
      k: () => go(-1),
      o: () => { if (at >= 0) location.href = stops[at].href; },
      n: () => follow("a[rel=next]", ".steps .next"),
      p: () => follow("a[rel=prev]", ".steps .prev"),
      "[": () => hit(-1),
      "]": () => hit(1),
      u: () => follow(".crumbs .back, .crumbs a:last-of-type"),
      q: () => { const quotes = all(".quote"); const open = quotes.some((quote) => !quote.open); quotes.forEach((quote) => { quote.open = open; }); },
      c: () => { const line = one("#cite"); if (line) copy(line.textContent.trim()); },
      y: () => copy(permanent(location.hash || undefined)),
      "?": () => { location.href = "/help/search#keys"; },
    };
    const places = { h: "/", l: "/l/", s: "/search" };
    let going = false;

    // What is selected in a message can be linked to: the words themselves where a browser finds them, the paragraph elsewhere.
    let offer;
    const body = one(".reading .body");
    document.addEventListener("selectionchange", () => {
      const chosen = document.getSelection();
      const words = chosen.toString().trim().replace(/\s+/g, " ");
      const from = chosen.rangeCount && chosen.getRangeAt(0);
      const inside = from && body?.contains(from.commonAncestorContainer) && words.length > 2;
      offer?.remove();
      if (!inside) return;
      offer = document.createElement("button");
      offer.id = "to-quote";
      offer.type = "button";
      offer.textContent = "Link to this quote";
      const node = from.startContainer;
      const paragraph = (node.nodeType === 1 ? node : node.parentElement).closest(".numbered")?.id ?? "";
      const part = (text) => encodeURIComponent(text).replace(/-/g, "%2D");
      const each = words.split(" ");
      const text = each.length > 12 ? part(each.slice(0, 5).join(" ")) + "," + part(each.slice(-5).join(" ")) : part(words);
      offer.addEventListener("pointerdown", (event) => event.preventDefault());
      offer.addEventListener("click", () => copy(permanent(`${paragraph}:~:text=${text}`)));
      const box = from.getBoundingClientRect();
      offer.style.top = `${box.bottom + scrollY + 6}px`;
      offer.style.left = `${Math.max(8, Math.min(box.left, innerWidth - 180))}px`;
      document.body.append(offer);
    });

    // Ways to go on with what is being typed, asked of the archive when typing pauses. The arrow keys choose, Enter or Tab takes.
    all("input[name=q]").forEach((box, n) => {
      const list = document.createElement("ul");
      list.className = "ways";
      list.id = "ways" + n;
      list.hidden = true;
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", "Ways to go on");
      let chosen = -1, waiting = 0, asked = "";
      const options = () => [...list.children];
      const choose = (at) => {
        chosen = at;
        options().forEach((option, k) => option.setAttribute("aria-selected", k === at));
        at < 0 ? box.removeAttribute("aria-activedescendant") : box.setAttribute("aria-activedescendant", options()[at].id);
      };
      const show = (ways) => {
        list.replaceChildren(...ways.map((way, k) => {
          const option = document.createElement("li");
          const words = document.createElement("b");
          option.setAttribute("role", "option");
          option.id = list.id + "-" + k;
          option.dataset.query = way.query;
          // People and lists by their names; what would be typed stands behind.
          const named = way.count !== null && way.label !== way.insert;
          words.textContent = named ? way.label : way.insert;
          option.append(words, " ", named ? way.insert : way.label, way.count === null ? "" : " (" + way.count + ")");
          return option;
        }));
        list.hidden = !ways.length;
        box.setAttribute("aria-expanded", !list.hidden);
        choose(-1);
      };
      const take = (option) => {
        // A field waits for its value; anything else is whole.
        box.value = option.dataset.query + (option.dataset.query.endsWith(":") ? "" : " ");
        show([]);
        box.focus();
      };
      const ask = async () => {
        asked = box.value.slice(0, box.selectionEnd);
        // What stands behind the cursor would be lost.
        if (!asked.trim() || asked !== box.value) { show([]); return; }
        try {
          const answer = await fetch("/api/v1/suggest?q=" + encodeURIComponent(asked));
          const { suggestions } = answer.ok ? await answer.json() : { suggestions: [] };
          if (asked === box.value && document.activeElement === box) show(suggestions);
        } catch { show([]); }
      };
      box.setAttribute("role", "combobox");
      box.setAttribute("aria-autocomplete", "list");
      box.setAttribute("aria-controls", list.id);
      box.setAttribute("aria-expanded", false);
      box.autocomplete = "off";
      box.after(list);
      box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
      box.addEventListener("blur", () => { clearTimeout(waiting); show([]); });
      box.addEventListener("keydown", (event) => {
        if (list.hidden) return;
        const count = options().length;
        if (event.key === "ArrowDown") choose((chosen + 1) % count);
        else if (event.key === "ArrowUp") choose(chosen > 0 ? chosen - 1 : count - 1);
        else if (event.key === "Escape") show([]);
        else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(options()[chosen]);
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
      // Before the box loses the focus.
      list.addEventListener("mousedown", (event) => { event.preventDefault(); const option = event.target.closest("li"); if (option) take(option); });
    });

    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key === "Escape" && typing) { typing.blur(); return; }
      // Nobody searches for a question mark: in an empty box it asks, too.
      const asks = event.key === "?" && typing?.name === "q" && !typing.value;
      if ((typing && !asks) || event.ctrlKey || event.metaKey || event.altKey || kept("keys") === "off") return;
      const to = going && Object.hasOwn(places, event.key) && places[event.key];
      going = event.key === "g" && !going;
      if (to) { event.preventDefault(); location.href = to; return; }
      const act = Object.hasOwn(keys, event.key) && keys[event.key];
      if (act) { event.preventDefault(); act(); }
    });
  });

  // On paper nothing stays folded, and afterwards everything is as it was.
  let folded = [];
  addEventListener("beforeprint", () => { folded = [...document.querySelectorAll(".quote:not([open])")]; folded.forEach((it) => { it.open = true; }); });
  addEventListener("afterprint", () => { folded.forEach((it) => { it.open = false; }); });
})();

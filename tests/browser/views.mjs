// The views in which hostile mail is looked at, as data: a new one is a line here. `addresses` gives null where the site has no such view.

// Long enough to hold the whole set, twenty hits a page.
const mostPages = 2000;

export const views = [
  { name: "message", addresses: ({ messages }) => messages.map((it) => `/m/${it.id}`) },
  { name: "HTML part", addresses: (it) => there(it, (message) => `/m/${message.id}/html`) },
  { name: "thread", addresses: ({ messages }) => [...new Set(messages.map((it) => `/t/${it.thread}`))] },
  { name: "thread by date", addresses: ({ messages }) => [...new Set(messages.map((it) => `/t/${it.thread}?view=flat`))] },
  { name: "search", addresses: (it) => paged(it, "/search?group=none&sort=oldest") },
  { name: "search with words marked", addresses: (it) => paged(it, "/search?q=alert+OR+script+OR+img+OR+svg+OR+onerror&group=none&sort=oldest") },
  { name: "list", addresses: () => ["/", "/l/hostile/", "/l/hostile/2015/"] },
  { name: "list by month", addresses: (it) => paged(it, "/l/hostile/2015/01/?view=dates") },
  { name: "person", addresses: ({ messages }) => [...new Set(messages.map((it) => `/p/${it.from.person}`))] },
  { name: "feed", addresses: (it) => there(it, () => "/l/hostile/feed.atom") },
  { name: "raw message", addresses: ({ messages }) => messages.filter((_, n) => n % 10 === 0).map((it) => `/m/${it.id}.raw`) },
];

// The addresses made of messages that the site answers; null where it answers none.
async function there({ site, messages }, address) {
  const all = [...new Set(messages.map(address))];
  const found = [];
  for (const one of all) {
    const answer = await fetch(site + one, { method: "HEAD" });
    if (answer.ok) found.push(one);
  }
  return found.length ? found : null;
}

// A page and those that follow it.
async function paged({ site }, first) {
  const all = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const address = page === 1 ? first : `${first}&page=${page}`;
    const text = await (await fetch(site + address)).text();
    all.push(address);
    if (!/rel="?next/.test(text)) break;
  }
  return all;
}

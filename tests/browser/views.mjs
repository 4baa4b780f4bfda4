// The views in which hostile mail is looked at, as data: a new one is a line here. `addresses` gives null where the site has no such view.

// Those of a list, twenty hits a page, and some more.
const mostPages = 500;
const marked = "(alert+OR+script+OR+img+OR+svg+OR+onerror)";

export const views = [
  { name: "message", addresses: ({ messages }) => messages.map((it) => `/m/${it.id}`) },
  { name: "HTML part", addresses: (it) => there(it, (message) => `/m/${message.id}/html`) },
  { name: "HTML part without its frame", addresses: (it) => there(it, (message) => `/m/${message.id}/html/frame`) },
  { name: "thread", addresses: ({ messages }) => [...new Set(messages.map((it) => `/t/${it.thread}`))] },
  { name: "thread by date", addresses: ({ messages }) => [...new Set(messages.map((it) => `/t/${it.thread}?view=flat`))] },
  { name: "search", addresses: (it) => paged(it, (list) => `/search?q=list:${list}&group=none&sort=oldest`) },
  { name: "search with words marked", addresses: (it) => paged(it, (list) => `/search?q=list:${list}+${marked}&group=none&sort=oldest`) },
  { name: "list", addresses: ({ lists }) => ["/", ...lists.flatMap((list) => [`/l/${list}/`, `/l/${list}/2015/`])] },
  { name: "list by month", addresses: (it) => paged(it, (list) => `/l/${list}/2015/01/?view=dates`) },
  { name: "person", addresses: ({ messages }) => [...new Set(messages.map((it) => `/p/${it.from.person}`))] },
  { name: "feed", addresses: (it) => there(it, (message) => `/l/${message.lists[0]}.atom`) },
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

// Of each list a page and those that follow it.
async function paged({ site, lists }, first) {
  const all = [];
  for (const list of lists) {
    for (let page = 1; page <= mostPages; page += 1) {
      const address = page === 1 ? first(list) : `${first(list)}&page=${page}`;
      const text = await (await fetch(site + address)).text();
      all.push(address);
      if (!/rel="?next/.test(text)) break;
    }
  }
  return all;
}

// Hostile vectors as mail and as they are: this repository's own, and, where PLENARY_CORPUS names them, the collected ones.

import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { repository } from "./archive.mjs";

// Written for this test: a few of each kind. `fires` are those that run where nobody stops them.
const own = [
  "<script>alert(1)</script>",
  "<img src=x: onerror=alert(1)>",
  "<svg onload=alert(1)></svg>",
  "<a href='javascript:alert(1)'>harbour</a>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<details open ontoggle=alert(1)><summary>tide</summary>low</details>",
  "<form action='javascript:alert(1)'><input type=submit value=go></form>",
  "<p title='\"><script>alert(1)</script>'>quay</p><img src='data:,' onerror='alert(1)'>",
  "<style>@import 'https://elsewhere.example/tide.css'</style><body onload=alert(1)>",
  "<svg><a href='javascript:alert(1)'><text y=20>buoy</text></a></svg>",
  "<noscript><p title='</noscript><img src=x: onerror=alert(1)>'></noscript><script>alert(1)</script>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x: onerror=alert(1)>'></mglyph></table></mtext></math><script>alert(1)</script>",
];
const leaks = [
  "<img src='https://elsewhere.example/pixel.png'>",
  "<link rel=stylesheet href='https://elsewhere.example/a.css'>",
  "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
  "<p style='background:url(https://elsewhere.example/b.png)'>tide</p>",
  "<video poster='https://elsewhere.example/c.png'></video>",
  "<iframe src='https://elsewhere.example/frame'></iframe>",
  "<object data='https://elsewhere.example/o.svg'></object>",
];

// For a run of a minute: every so manieth of each kind. Fixed, so that a failure comes again.
const sampled = { fires: 24, html: 80, plain: 80, header: 20, leak: 3 };

// A search pages through its first 10,000 hits; a list of half of that is seen whole.
const mostInList = 5000;

export async function gather({ full, together }) {
  const vectors = [
    ...own.map((text) => ({ text, fires: true })),
    ...leaks.map((text) => ({ text, leaks: true })),
  ];
  const messages = vectors.flatMap(({ text }, n) => [mail(`own${n}`, text, "text/html"), mail(`own${n}p`, text, "text/plain"), named(`own${n}h`, text)]);
  const folder = path.join(path.resolve(repository, process.env.PLENARY_CORPUS ?? "target/corpus"), "hostile/xss");
  const from = await access(path.join(folder, "vectors.jsonl")).then(() => folder, () => null);
  if (from) {
    const each = (all, step) => full ? all : all.filter((_, n) => n % step === 0);
    const read = async (name) => split(gunzipIfNeeded(await readFile(path.join(folder, name))));
    const objects = async (name) => (await readFile(path.join(folder, name), "utf8")).split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const [lines, remote] = await Promise.all(["vectors.jsonl", "remote_content_vectors.jsonl"].map(objects));
    vectors.push(...each(lines.filter((it) => it.fires_raw), sampled.fires).map((it) => ({ text: it.payload, fires: true })));
    vectors.push(...each(remote.filter((it) => it.leaks_raw), sampled.leak).map((it) => ({ text: it.payload, leaks: true })));
    if (full) vectors.push(...[...lines, ...remote].filter((it) => !it.fires_raw && !it.leaks_raw).map((it) => ({ text: it.payload })));
    messages.push(...each(await read("firing-subset.mbox.gz"), sampled.fires));
    messages.push(...each(await read("html-body.mbox.gz"), sampled.html));
    messages.push(...each(await read("plain-body.mbox.gz"), sampled.plain));
    messages.push(...each(await read("header-and-filename.mbox.gz"), sampled.header));
    messages.push(...each(await read("remote-content.mbox"), sampled.leak));
  }
  const lists = [];
  for (let n = 0; n < messages.length; n += mostInList) lists.push([`hostile-${lists.length + 1}`, messages.slice(n, n + mostInList)]);
  return {
    vectors, from,
    lists: lists.map(([list]) => list),
    dumps: lists.map(([list, some]) => ({ at: `${list}/2015-January.mbox`, text: threaded(some, together) })),
  };
}

const head = (id, subject, from) => `From nobody Thu Jan  1 00:00:00 2015
From: ${from} <mallory@hostile.example>
Subject: ${subject}
Date: Thu, 01 Jan 2015 00:00:00 +0000
Message-ID: <${id}@hostile.example>
MIME-Version: 1.0
`;
const mail = (id, text, kind) => `${head(id, `vector ${id}`, "Mallory")}Content-Type: ${kind}; charset=utf-8\n\n${text}\n\n`;
const encoded = (text) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
const named = (id, text) => `${head(id, encoded(text), encoded(text))}Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

The vector is in the names.
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(text)}

x
--b--

`;

// Octets, whatever they mean, one a character.
const gunzipIfNeeded = (bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("latin1");
const split = (mbox) => mbox.split(/^(?=From hostile@archive\.test )/m).filter(Boolean);

// Joined into threads, so that a page shows many: the first of each is answered by the others.
function threaded(messages, together) {
  let root;
  const all = messages.map((text, n) => {
    const id = text.match(/^Message-ID: (<.*>)\r?$/m)?.[1];
    if (n % together === 0) root = id;
    return n % together === 0 || !root ? text : text.replace(/^Message-ID: /m, `References: ${root}\nMessage-ID: `);
  });
  return Buffer.from(all.join(""), "latin1");
}

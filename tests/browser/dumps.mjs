// What the pages show: the shipped sample, the fixtures of the end-to-end tests, and a list made here of what is long or wide.

import path from "node:path";
import { repository } from "./archive.mjs";

const list = "harbour";
const people = ["Anna Example", "Ben Example", "Chioma Example-Placeholder", "Dragan Example"];

function message({ id, day, minute = 0, subject, from = people[0], answers = [], text }) {
  const lines = [
    `From nobody ${new Date(Date.UTC(2016, 2, day, 9, minute)).toUTCString()}`,
    `From: ${from} <${from.split(" ")[0].toLowerCase()}@example.org>`,
    `Date: ${new Date(Date.UTC(2016, 2, day, 9, minute)).toUTCString().replace("GMT", "+0000")}`,
    `Subject: ${subject}`,
    `Message-ID: <${id}@harbour.example.org>`,
    ...(answers.length ? [`References: ${answers.map((it) => `<${it}@harbour.example.org>`).join(" ")}`] : []),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    text.replace(/^From /gm, ">From "),
    "",
  ];
  // The mbox separator has asctime's order, not that of RFC 5322.
  const [, name, date, month, year, time] = lines[0].match(/nobody (\w+), (\d+) (\w+) (\d+) ([\d:]+)/);
  lines[0] = `From nobody ${name} ${month} ${date} ${time} ${year}`;
  return lines.join("\n");
}

const words = ("the pilot boat leaves at dawn and the lamp on the outer mole is lit until it is back; we measured the depth at the " +
  "third berth twice and found it less than the chart says, so heavy ships should wait for the tide").split(" ");
// Paragraphs that differ, for equal ones would compress to nothing.
function paragraph(seed, length) {
  let at = seed * 7919 + 13;
  const chosen = Array.from({ length }, (_, n) => {
    at = (at * 1103515245 + 12345) % 2147483648;
    return n % 9 === 8 ? String(at % 9973) : words[at % words.length];
  });
  return chosen.join(" ").replace(/(.{60,70}) /g, "$1\n") + ".";
}

// A thread in which two answer the last, then one answers the first again, and so on: deep and wide.
function thread(name, subject, size, day) {
  const above = [];
  return Array.from({ length: size }, (_, n) => {
    const parent = n === 0 ? null : n % 5 === 4 ? 0 : n - 1 - (n % 3 === 2 ? 1 : 0);
    const chain = parent === null ? [] : [...above[parent], `${name}-${parent}`].slice(-12);
    above.push(chain);
    const quoted = parent === null ? "" : `On 1 March 2016, ${people[parent % 4]} wrote:\n${paragraph(parent, 24 + (parent % 4) * 40).replace(/^/gm, "> ")}\n\n`;
    return message({
      id: `${name}-${n}`, day, minute: n, subject: n ? `Re: ${subject}` : subject, from: people[n % 4], answers: chain,
      text: `${quoted}${paragraph(n, 45)}\n\n${paragraph(n + 1000, 30)}\n\n-- \n${people[n % 4]}\nHarbour office`,
    });
  });
}

const table = `The free berths of this week, as every Monday:

berth   length   depth   free from    free until   remark
------  -------  ------  -----------  -----------  -----------------------------------------------
north   120 m    7.5 m   1 March      4 March      only with a pilot, and never at night in the ice
south    90 m    6.0 m   2 March      9 March      crane out of order
outer   210 m    9.5 m   5 March      6 March      reserved for the icebreaker if it comes back

Whoever comes later asks at the office.`;

const wide = `${"Donaudampfschifffahrtsgesellschaft".repeat(8)} is one word, unbroken.

https://harbour.example.org/${"a-very-long-path/".repeat(14)}index.html?and=${"x".repeat(160)}

> > > > > ${"quoted-five-times-and-without-a-space-".repeat(6)}
> > > > and four
> ${"one ".repeat(60)}

    ${"column |".repeat(40)}
    ${"-------+".repeat(40)}
    ${"      1|".repeat(40)}`;

const arabic = "السلام عليكم،\n\nالمرفأ مفتوح كل يوم من الفجر حتى المساء، والسفن الثقيلة تنتظر المد عند pier 7 قبل الدخول.\n\nمع التحية";

const patch = `Please look at this one before the tide:

diff --git a/lamp.c b/lamp.c
--- a/lamp.c
+++ b/lamp.c
@@ -1,5 +1,6 @@ void light(void)
 	oil();

-	burn();
+	if (dark())
+		burn();
 	rest();
 }

It burns here. [1]

[1] The minutes of the harbour office, as they were read to everybody in spring
[2] The other minutes of the harbour office, which nobody has read to anybody`;

export function dumps() {
  const messages = [
    ...thread("fifty", "A thread of fifty messages", 50, 1),
    ...thread("hundred", "A thread of more than a hundred messages", 130, 2),
    message({ id: "table", day: 3, subject: "Free berths", text: table }),
    message({ id: "wide", day: 4, subject: `Words without end: ${"unbroken".repeat(16)}`, text: wide }),
    message({ id: "patch", day: 4, minute: 5, subject: "The lamp burns only in the dark", text: patch }),
    message({ id: "arabic", day: 5, subject: "أوقات المرفأ", from: people[1], text: arabic }),
  ];
  return [
    { at: "", copy: path.join(repository, "data/lists") },
    { at: "fixtures", copy: path.join(repository, "tests/fixtures") },
    { at: `${list}/2016-March.mbox`, text: messages.join("\n") },
  ];
}

"""Compares what Plenary reads in mail headers with what Python's `email` package reads in the same bytes.

    cargo run -p plenary-ingest --example said -- target/corpus/open | python3 tests/agreement.py

It is in Python because the other opinion is: an independent reader, of the standard library alone. It prints the tables of
docs/agreement.md: counts, file names and numbers of messages, no word of anybody's mail. It fails where less than 99 % of the raw messages
agree, or where a disagreement has no class of its own yet: then somebody has to find out who is right.
"""

import bz2
import collections
import datetime
import email
import email.policy
import gzip
import json
import re
import sys

LEAST = 99.0
# What Plenary believes of a Date header: 1990 to the time of the comparison, as in crates/ingest/examples/said.rs.
EARLIEST, LATEST = 631_152_000, 1_795_600_000

# Every class of disagreement, and who is right.
CLASSES = {
    "raw 8-bit letters in a header": "Plenary, which reads them; Python puts a mark in their place",
    "a header that Python does not find": "Plenary; Python ends the header at a line that is none, or wants no blank before the colon",
    "an address that is one bare word": "neither; Python takes it for a local part, Plenary for a name",
    "no address at all": "Plenary says none, Python `<>`",
    "name and address without brackets": "Plenary; Python takes the name for a part of the address",
    "a date outside 1990 to now": "Plenary by design, which takes the next best header; Python reads what is written",
    "a zone no place has": "Plenary by design, which reads the clock as UTC; Python shifts by it or gives up",
    "a date that Python cannot read": "Plenary, which reads the forms of old programs",
    "an encoded word that is damaged": "Python, which is laxer; where the charset it names is not true, neither",
    "a letter that two tables map apart": "either; the wave dash of ISO-2022-JP is one in Python's table and another in that of the web",
    "a name cut into two encoded words": "Plenary; Python puts a blank between the halves",
}


def main():
    folders = collections.defaultdict(collections.Counter)
    classes = collections.defaultdict(list)
    numbers = collections.Counter()
    for line in sys.stdin:
        said = json.loads(line)
        name = folder(said["path"])
        if name.startswith("quotes-"):
            continue  # Texts to take apart, few of them mail.
        numbers[said["path"]] += 1
        counts = folders[said["masked"] or name.startswith("pipermail-"), name]
        counts["messages"] += 1
        differences = dict(compare(said, bytes_of(said)))
        for what in ("subject", "from", "date"):
            counts[what] += what not in differences
        counts["all"] += not differences
        place = "/".join(said["path"].split("/open/")[-1].split("/")[1:]) + f" {numbers[said['path']]}"
        for what, kind in differences.items():
            classes[what, kind].append((folder(said["path"]), place))
    raw, masked = (collections.Counter() for _ in range(2))
    for (is_masked, _), counts in folders.items():
        (masked if is_masked else raw).update(counts)
    for title, is_masked, total in (("Raw mail", False, raw), ("Pipermail text", True, masked)):
        print(f"\n### {title}\n\n| folder | messages | subject | from | date | all three |\n|---|---|---|---|---|---|")
        for (_, name), counts in sorted((key, counts) for key, counts in folders.items() if key[0] == is_masked):
            print(row(name, counts))
        print(row("**all**", total))
    print("\n### Classes\n\n| field | what differs | messages | who is right |\n|---|---|---|---|")
    unknown = 0
    for (what, kind), places in sorted(classes.items()):
        unknown += len(places) if kind not in CLASSES else 0
        print(f"| {what} | {kind} | {len(places)} | {CLASSES.get(kind, 'NOBODY HAS LOOKED')} |")
    print("\n### Where\n")
    for (what, kind), places in sorted(classes.items()):
        by_folder = collections.defaultdict(list)
        for name, place in places:
            by_folder[name].append(place)
        for name, found in sorted(by_folder.items()):
            more = f" and {len(found) - 12} more" if len(found) > 12 else ""
            print(f"- {what}, {kind}, {name}: {', '.join(found[:12])}{more}")
    share = 100 * raw["all"] / max(raw["messages"], 1)
    if share < LEAST or unknown:
        sys.exit(f"agreement on raw mail is {share:.2f} %, and {unknown} disagreements have no class")


def row(name, counts):
    cells = (f"{100 * counts[what] / counts['messages']:.2f} %" for what in ("subject", "from", "date", "all"))
    return f"| {name} | {counts['messages']:,} | {' | '.join(cells)} |"


def folder(path):
    return path.split("/open/")[-1].split("/")[0]


held = {}


def bytes_of(said):
    """The bytes of a message; the file it is in is kept until another is asked for."""
    path = said["path"]
    if path not in held:
        held.clear()
        with open(path, "rb") as file:
            held[path] = file.read()
        for magic, unpack in ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress)):
            if held[path].startswith(magic):
                held[path] = unpack(held[path])
    return held[path][said["offset"] : said["offset"] + said["length"]]


def compare(said, raw):
    """What differs, each with its class."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    header = {name: written(raw, name) for name in ("subject", "from", "date")}
    found = heard(lambda: message["subject"]) and str(message["subject"])
    if squeeze(found or "") != squeeze(said["subject"]):
        yield "subject", class_of_text(found, header["subject"])
    yield from compare_from(said, message, header["from"])
    yield from compare_date(said, message, header["date"])


def compare_from(said, message, header):
    found = heard(lambda: message["from"].addresses[0])
    address = (found.addr_spec.lower() if found else None) or None
    if said["wrapped"]:
        # `Ann via list`: the address is the list's, so the name is compared.
        via = found and found.display_name.rpartition(" via ")
        if not (via and via[1] and squeeze(via[0]).strip("'\" ") == said["name"]):
            halves = header and re.search(rb"\?=\s+=\?", header)
            yield "from", "a name cut into two encoded words" if halves else "another name"
    elif said["email"] not in (address, unmasked(header) or address):
        if address == "<>":
            yield "from", "no address at all"
        elif address and "@" not in address and not said["email"]:
            yield "from", "an address that is one bare word"
        elif header and re.search(rb"\s\S+@", header) and b"<" not in header and b"(" not in header:
            yield "from", "name and address without brackets"
        else:
            yield "from", class_of_text(found and found.addr_spec, header)


def compare_date(said, message, header):
    found = heard(lambda: message["date"].datetime)
    if found and found.tzinfo is None:
        found = found.replace(tzinfo=datetime.timezone.utc)
    found = heard(lambda: int(found.timestamp()))
    ours = said["date"] if said["date_source"] == "date" else None
    if ours == found:
        return
    zone = re.search(rb"[+-](\d{4,})", header or b"")
    if zone and int(zone[1]) > 1400:
        yield "date", "a zone no place has"
    elif ours is None and found is not None and not EARLIEST <= found <= LATEST:
        yield "date", "a date outside 1990 to now"
    elif found is None and header:
        yield "date", "a date that Python cannot read" if message["date"] else "a header that Python does not find"
    else:
        yield "date", "another date"


def class_of_text(found, header):
    if header and any(byte > 127 for byte in header):
        return "raw 8-bit letters in a header"
    if header and b"=?" in header:
        tables = header.lower().count(b"iso-2022-jp") > 1
        return "a letter that two tables map apart" if tables else "an encoded word that is damaged"
    return "a header that Python does not find" if header and not found else "another reading"


def written(raw, name):
    """The first header of this name, as bytes, wherever it stands above the first empty line: found without Python's parser."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    found = re.search(rb"(?im)^" + name.encode() + rb"[ \t]*:((?:.*)(?:\r?\n[ \t].*)*)", head)
    return found and found[1].strip()


def unmasked(header):
    # A comment may repeat the address without the mask.
    header = header and header.split(b"(")[0]
    found = header and b"@" not in header and re.search(rb"([^\s<\"(]+) (?:at|en|em) ([^\s>()\",]+)", header)
    return found and (found[1] + b"@" + found[2]).decode("utf-8", "replace").lower()


def heard(ask):
    """Python raises many kinds of exceptions on bad headers, which is its way of saying nothing."""
    try:
        return ask()
    except Exception:
        return None


def squeeze(text):
    return " ".join("".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text).split())


main()

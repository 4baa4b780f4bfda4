// An archive of its own for the browser tests: dumps in a new folder, the program run on it, the server stopped at the end.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export const repository = path.resolve(import.meta.dirname, "../..");
export const target = path.join(repository, "target/browser");
const binary = path.resolve(repository, process.env.PLENARY_BINARY ?? "target/release/plenary");
const config = path.join(repository, "config.toml");

const open = new Set();
// Those that a test left, too.
export const stopAll = () => Promise.allSettled([...open].map((archive) => archive.stop()));

export class Archive {
  // `dumps` are pairs of a path below data/lists and what stands there: text, or the path of a folder to copy.
  static async with(dumps) {
    await mkdir(target, { recursive: true });
    const archive = new Archive();
    open.add(archive);
    archive.folder = await mkdtemp(path.join(target, "data-"));
    for (const { at, text, copy } of dumps) {
      const place = path.join(archive.folder, "lists", at);
      await mkdir(path.dirname(place), { recursive: true });
      await (copy ? cp(copy, place, { recursive: true }) : writeFile(place, text));
    }
    await archive.run("ingest", "-q");
    return archive;
  }

  async run(...args) {
    const all = ["--data", this.folder, "--config", config, ...args];
    try {
      const { stdout } = await promisify(execFile)(binary, all, { maxBuffer: 1 << 30 });
      return stdout;
    } catch (error) {
      // Done, with something to look at: the fixtures are made for that.
      if (error.code === 3) return error.stdout;
      throw new Error(`plenary ${args.join(" ")} ended with ${error.code}: ${error.stderr ?? error.message}`);
    }
  }

  // What a search finds, as the program's own JSON.
  async found(query, sort = "oldest") {
    const lines = await this.run("search", "--json", "-n", "1000000", "--sort", sort, "--", query);
    return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  async one(query) {
    const [first] = await this.found(query);
    if (!first) throw new Error(`nothing is found by ${query}; the tests need it`);
    return first;
  }

  async serve() {
    const args = ["--data", this.folder, "--config", config, "serve", "--listen", "127.0.0.1:0"];
    this.server = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
    const lines = createInterface(this.server.stderr);
    this.said = [];
    this.at = await new Promise((found, failed) => {
      lines.on("line", (line) => {
        this.said.push(line);
        const address = line.match(/http:\/\/[\d.:]+/);
        if (address) found(address[0]);
      });
      this.server.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${this.said.join("\n")}`)));
      this.server.once("error", failed);
    });
    return this.at;
  }

  async stop() {
    open.delete(this);
    if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
      const gone = once(this.server, "exit");
      this.server.kill("SIGTERM");
      const killer = setTimeout(() => this.server.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(killer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

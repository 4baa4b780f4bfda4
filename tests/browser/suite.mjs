// A test has a name, passes or fails, and the others go on. The last line is the sum.

import assert from "node:assert/strict";

export { assert };

const failed = [];
let passed = 0;
let wanted = () => true;

// Only tests whose name holds the words are run.
export const only = (words) => { wanted = (name) => name.includes(words); };

export async function test(name, body) {
  if (!wanted(name)) return;
  const begin = Date.now();
  const took = () => ((Date.now() - begin) / 1000).toFixed(1);
  try {
    const note = await body();
    passed += 1;
    console.log(`ok    ${name} (${took()} s)${note ? `: ${note}` : ""}`);
  } catch (error) {
    failed.push(name);
    const why = error instanceof assert.AssertionError ? error.message : error.stack;
    console.log(`FAIL  ${name} (${took()} s)\n${why.replace(/^/gm, "      ")}`);
  }
}

// Says what was left out and why, so that nobody takes a part for the whole.
export const leftOut = (what) => console.log(`LEFT OUT  ${what}`);

// True where every test passed, and there was one.
export function sum() {
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0;
}

// SPDX-License-Identifier: Apache-2.0
// Chromium for the tests, by playwright-core. Usage: node driver.mjs SETTINGS, JSON of
// tests/lab/chromium.py. Each line in is a call, {"on": thing, "method": name, "args": [...]}, and
// each line out its answer, {"value": ...}, {"thing": number} or {"error": text}. Thing 0 is the
// browser.
import { createInterface } from "node:readline";

const settings = JSON.parse(process.argv[2]);
const { chromium } = await import(`${settings.modules}/playwright-core/index.mjs`);

// What a page complained of: errors of scripts, and of the policies that the page came with.
const problems = new WeakMap();
const watch = (page) => {
  const found = [];
  problems.set(page, found);
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (said) => said.type() === "error" && found.push(said.text()));
};

const things = [await chromium.launch({ executablePath: settings.chromium, args: settings.args })];
const isPlain = (value) =>
  value === null || typeof value !== "object" || Array.isArray(value) || value.constructor === Object;

const call = async ({ on, method, args }) => {
  if (method === "problems") return { value: problems.get(things[on]) };
  const value = await things[on][method](...args);
  if (value === undefined || Buffer.isBuffer(value)) return { value: null };
  if (isPlain(value)) return { value };
  if (method === "newContext") value.on("page", watch);
  things.push(value);
  return { thing: things.length - 1 };
};

console.log(JSON.stringify({ thing: 0 }));
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await call(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  console.log(JSON.stringify(answer));
}
await things[0].close();

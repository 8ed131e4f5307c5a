// What the tests of pages share: a browser, and a page of it that tells what goes wrong in it and what it asks for.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { chromium } = require("playwright-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

exports.start = async (program) =>
  chromium.launch({
    executablePath: program,
    // Root has no sandbox, and containers have little shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
  });

// Opens an address in a context of its own; what may be asked for beside it is what `allowed` says.
exports.open = async (browser, address, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push("error: " + error.message));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.type() + ": " + message.text()));
  page.on("dialog", (dialog) => {
    trouble.push("dialog: " + dialog.message());
    dialog.dismiss();
  });
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  await page.addInitScript(() => {
    window.copied = [];
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => window.copied.push(text) } });
  });
  await page.goto(address);
  return { context, page, trouble, asked };
};

// What axe finds, as sentences.
exports.audit = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((it) => `${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message ?? "")).join(" | ")}`);
};

// Cases run one after the other, and all of them, whatever one finds.
exports.cases = async (all) => {
  let failed = 0;
  for (const [name, test] of all) {
    try {
      await test();
      console.log("ok: " + name);
    } catch (error) {
      failed += 1;
      console.log("FAILED: " + name + ": " + (error.stack ?? error));
    }
  }
  assert.equal(failed, 0, failed + " cases failed");
};

// Opens reports in a browser: node report.js BROWSER FOLDER. The folder has the reports, and the policy in each format.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { audit, cases, open, start } = require("./browser.js");

const [program, folder] = process.argv.slice(2);
const address = (name) => pathToFileURL(path.join(folder, name)).href;
const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");
const text = (page, selector) => page.locator(selector).innerText();

(async () => {
  const browser = await start(program);
  const quiet = async ({ context, trouble, asked }, name) => {
    await context.close();
    assert.deepEqual(trouble, []);
    assert.deepEqual(asked, [address(name)], "the page asked for more than itself");
  };
  await cases([
    ["one call", async () => {
      const opened = await open(browser, address("one.html"));
      const { page } = opened;
      assert.equal(await text(page, "h1"), "1 call needs 1 action");
      assert.match(await text(page, "#policy"), /s3:PutObject[^]*arn:aws:s3:::acme-site\/index\.html/);
      assert.match(await text(page, "footer"), /Made by Leastwise .* UTC from .*one\.jsonl/);
      assert.match(await text(page, "#denials"), /AWS denied nothing/);
      await quiet(opened, "one.html");
    }],
    ["each line is explained", async () => {
      const opened = await open(browser, address("small.html"));
      const { page } = opened;
      const line = page.locator("#policy details", { hasText: "iam:PassRole" }).first();
      assert.equal(await line.locator(".why").count(), 0);
      await line.locator("summary").focus();
      await page.keyboard.press("Enter");
      const why = await line.locator(".why").innerText();
      assert.match(why, /role\s+the call passes a role/);
      assert.match(why, /lambda\.CreateFunction · 1 call · first 2026-11-26 08:15:05 · ended 201 · Boto3\/1\.44\.5/);
      assert.match(why, /arn:aws:iam::111122223333:role\/shop/);
      const rule = page.locator("#policy details", { hasText: "secretsmanager:GetSecretValue" }).first();
      await rule.locator("summary").click();
      assert.match(await rule.locator(".why").innerText(), /400 AccessDeniedException/);
      assert.match(await text(page, "#policy"), /only if StringEquals iam:PassedToService is lambda\.amazonaws\.com/);
      assert.match(await text(page, "#denials"), /secretsmanager\.GetSecretValue[^]*role\/deploy[^]*AccessDeniedException/);
      assert.match(await text(page, "#sizes"), /a managed policy\s+\d+ of 6,144/);
      assert.match(await text(page, "#nearest"), /AdministratorAccess[^]*actions in excess/);
      await quiet(opened, "small.html");
    }],
    ["a baseline is judged and compared", async () => {
      const opened = await open(browser, address("baseline.html"));
      const told = await text(opened.page, "#baseline");
      assert.match(told, /Against .*baseline\.json/);
      assert.match(told, /not allowed\s+lambda:CreateFunction on /i);
      assert.match(told, /What of it nothing used\s+action sqs:SendMessage|What of it nothing used\s+statement 2/);
      assert.match(told, /\+ lambda:CreateFunction on /);
      assert.match(told, /- s3:AbortMultipartUpload.* sqs:SendMessage on everything/);
      await quiet(opened, "baseline.html");
    }],
    ["search and filters", async () => {
      const opened = await open(browser, address("big.html"));
      const { page } = opened;
      assert.equal(await text(page, "h1"), "10,000 calls need 9 actions");
      assert.ok((await page.locator("#graph-of .node").count()) < 60, "the picture is grouped");
      assert.match(await text(page, "#graph-of"), /acme-logs\/2026\/11\/\*/);
      await page.selectOption("#service", "kms");
      const kms = Number((await text(page, "#shown")).replace(/,/g, "").split(" ")[0]);
      assert.ok(kms > 0 && kms < 10000, String(kms));
      assert.doesNotMatch(await text(page, "#calls-of"), /s3\.PutObject/);
      assert.equal(await page.locator("#statements article").count(), 1);
      await page.selectOption("#principal", "arn:aws:iam::111122223333:user/ann");
      assert.ok(Number((await text(page, "#shown")).replace(/,/g, "").split(" ")[0]) < kms);
      await page.keyboard.press("Escape");
      assert.equal(await text(page, "#shown"), "10,000 calls");
      await page.locator("h1").click();
      await page.keyboard.press("/");
      await page.keyboard.type("app-0007");
      await page.waitForFunction(() => document.getElementById("shown").textContent.includes(" of "));
      assert.match(await text(page, "#calls-of"), /app-0007\.gz/);
      assert.doesNotMatch(await text(page, "#calls-of"), /app-0008\.gz/);
      await page.locator("#all").click();
      const node = page.locator("#graph-of .node", { hasText: "dynamodb" }).first();
      await node.focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.inputValue("#service"), "dynamodb");
      assert.match(await page.evaluate(() => document.activeElement.textContent), /dynamodb/, "the keyboard stays where it was");
      await page.locator("#all").click();
      const rows = await page.locator("#calls-of tbody tr").count();
      await page.locator("#calls-of .more button").click();
      assert.ok((await page.locator("#calls-of tbody tr").count()) > rows);
      // What all calls of a line are together is right, although not each is listed.
      const sum = await page.evaluate(() => {
        const data = JSON.parse(document.getElementById("data").textContent);
        const put = data.documents[0][0].why.reduce((all, line) => all + line[8], 0);
        const service = data.strings.indexOf("s3"), operation = data.strings.indexOf("PutObject");
        return [put, data.calls.filter((it) => it[1] === service && it[2] === operation).reduce((all, it) => all + it[7], 0)];
      });
      assert.ok(sum[0] > 1000);
      assert.equal(sum[0], sum[1]);
      await quiet(opened, "big.html");
    }],
    ["copy in each format", async () => {
      const opened = await open(browser, address("small.html"));
      const { page } = opened;
      const formats = ["json", "hcl", "cloudformation", "cdk", "markdown"];
      for (const [index, format] of formats.entries()) {
        await page.selectOption("#format", String(index));
        await page.click("#copy");
        const copied = await page.evaluate(() => window.copied.at(-1));
        assert.equal(copied, read("small." + format), format);
        assert.match(await page.locator("#status").textContent(), /copied/);
      }
      await page.locator("#policy details.text summary").click();
      assert.equal(await page.locator("#text-of-policy").textContent(), read("small.markdown"));
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-policy")]);
      assert.equal(download.suggestedFilename(), "policy.md");
      opened.asked = opened.asked.filter((it) => !it.startsWith("blob:"));
      await quiet(opened, "small.html");
    }],
    ["names of others are text", async () => {
      const opened = await open(browser, address("hostile.html"));
      const { page } = opened;
      assert.match(await page.title(), /^Leastwise report: /);
      for (const details of await page.locator("details").all()) await details.evaluate((it) => { it.open = true; });
      await page.waitForTimeout(200);
      assert.deepEqual(await page.evaluate(() => [document.scripts.length, document.images.length, document.querySelectorAll("iframe, object, embed, form, base, link, b > b").length]), [2, 0, 0]);
      const all = await text(page, "body");
      for (const name of ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><script>document.title='x'</script>", "__proto__", "constructor", "\\u{202e}gpj.exe", "a\\u{0}b\\u{1b}[31m", "${aws:username}", "<!--", "&lt;b&gt;", "javascript:alert(1)", "{{data}}"]) {
        assert.ok(all.includes(name), name + " is not shown as it is");
      }
      assert.ok(!/[\u202a-\u202e\u2066-\u2069\u0000\u001b]/.test(await page.evaluate(() => document.getElementById("page").textContent)), "what turns text around is escaped");
      assert.ok((await page.locator("a").evaluateAll((links) => links.map((it) => it.getAttribute("href")))).every((it) => it.startsWith("#") || it.startsWith("https://docs.aws.amazon.com/")));
      await page.selectOption("#service", "__proto__");
      assert.match(await text(page, "#calls-of"), /__proto__\.__proto__/);
      await page.selectOption("#service", "");
      await page.fill("#text", "<script>alert(1)");
      await page.waitForFunction(() => document.getElementById("shown").textContent.includes(" of "));
      assert.match(await text(page, "#calls-of"), /alert\(1\)/);
      assert.equal(await page.evaluate(() => ({}).polluted), undefined);
      await quiet(opened, "hostile.html");
    }],
    ["the browser runs and asks for nothing else", async () => {
      const { context, page } = await open(browser, address("small.html"));
      const found = await page.evaluate(async () => {
        const violations = [];
        document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        document.body.setAttribute("onclick", "window.ran = true");
        document.body.click();
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:9/x.png";
        document.body.append(image);
        const style = document.createElement("style");
        style.textContent = "body { display: none }";
        document.body.append(style);
        const fetched = await fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused");
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { ran: window.ran ?? false, fetched, violations: [...new Set(violations)].sort(), display: getComputedStyle(document.body).display };
      });
      await context.close();
      assert.deepEqual(found, { ran: false, fetched: "refused", violations: ["connect-src", "img-src", "script-src-attr", "script-src-elem", "style-src-elem"], display: "block" });
    }],
    ["axe finds nothing", async () => {
      for (const [name, scheme, width] of [["small", "light", 1280], ["small", "dark", 1280], ["baseline", "light", 1280], ["baseline", "dark", 400], ["hostile", "light", 400], ["big", "dark", 1280], ["big", "light", 1280]]) {
        const opened = await open(browser, address(name + ".html"), { colorScheme: scheme, viewport: { width, height: 900 } });
        for (const details of (await opened.page.locator("details").all()).slice(0, 40)) await details.evaluate((it) => { it.open = true; });
        await opened.page.waitForTimeout(100);
        assert.deepEqual(await audit(opened.page), [], `${name}, ${scheme}, ${width}`);
        const wide = await opened.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} at ${width} is ${wide} wider than its window`);
        await quiet(opened, name + ".html");
      }
    }],
    ["light and dark", async () => {
      const opened = await open(browser, address("small.html"), { colorScheme: "dark" });
      const { page } = opened;
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await paper();
      await page.click("#theme");
      const light = await paper();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await paper(), light, "it is remembered");
      await page.click("#theme");
      assert.equal(await paper(), dark);
      opened.asked.splice(1);
      await quiet(opened, "small.html");
    }],
    ["on paper", async () => {
      const opened = await open(browser, address("small.html"), { colorScheme: "dark" });
      const { page } = opened;
      const pdf = await page.pdf({ format: "A4" });
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      assert.ok(pdf.length > 20000, String(pdf.length));
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator(".tools").isVisible(), false);
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await page.locator("#policy details:not([open])").count(), 0, "all is explained on paper");
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.equal(await page.locator("#policy details[open]").count(), 0);
      await quiet(opened, "small.html");
    }],
    ["without scripts", async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(address("small.html"));
      const shown = await text(page, "body");
      assert.ok(shown.includes(read("small.json").trim()), shown);
      await context.close();
    }],
  ]);
  await browser.close();
})().catch((error) => {
  console.log(error.stack ?? String(error));
  process.exit(1);
});

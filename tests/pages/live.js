// Opens the page of a recording that goes on: node live.js BROWSER ADDRESS CSM-PORT PID FOLDER. It sends the calls itself, and ends the recording.
"use strict";
const assert = require("node:assert/strict");
const dgram = require("node:dgram");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { audit, cases, open, start } = require("./browser.js");

const [program, address, port, pid, folder] = process.argv.slice(2);

(async () => {
  const browser = await start(program);
  const socket = dgram.createSocket("udp4");
  const send = (service, operation) => {
    const common = { Version: 1, ClientId: "", Service: service, Api: operation, Timestamp: Date.now(), Region: "eu-west-1", UserAgent: "Boto3/1.40.1" };
    const attempt = { ...common, Type: "ApiCallAttempt", AttemptLatency: 16, Fqdn: service + ".eu-west-1.amazonaws.com", HttpStatusCode: 200, AccessKey: "AKIAIOSFODNN7EXAMPLE" };
    const call = { ...common, Type: "ApiCall", AttemptCount: 1, FinalHttpStatusCode: 200, Latency: 17, MaxRetriesExceeded: 0 };
    for (const event of [attempt, call]) socket.send(JSON.stringify(event), Number(port), "127.0.0.1");
  };
  const opened = await open(browser, address);
  const { page, trouble, asked } = opened;
  const until = (text) => page.waitForFunction((text) => document.querySelector("h1").textContent.startsWith(text), text, { polling: 20, timeout: 20000 });
  await cases([
    ["the page follows", async () => {
      await until("0 calls");
      const begun = Date.now();
      send("s3", "PutObject");
      await until("1 call ");
      const took = Date.now() - begun;
      console.log("measured: " + took + " ms until a call was on the page");
      // A second where nothing else goes on; this machine may have more to do.
      assert.ok(took < 5000, took + " ms");
      assert.match(await page.locator("#live").innerText(), /calls are heard/);
      for (let index = 0; index < 40; index += 1) {
        send("sqs", "SendMessage");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await until("41 calls");
      assert.match(await page.locator("#policy").innerText(), /sqs:SendMessage/);
    }],
    ["what is typed and what is open stays", async () => {
      await page.locator("#policy details", { hasText: "sqs:SendMessage" }).first().locator("summary").click();
      await page.locator("#text").click();
      await page.keyboard.type("sq");
      send("sns", "Publish");
      await until("42 calls");
      // Slowly enough that the page is drawn anew between letters, while what was typed before is still to be looked for.
      for (const letter of "s.send") {
        send("sns", "Publish");
        await page.keyboard.type(letter);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await until("48 calls");
      await page.waitForFunction(() => document.getElementById("shown").textContent.startsWith("40 of 48"));
      assert.equal(await page.inputValue("#text"), "sqs.send");
      await page.locator("#all").click();
      assert.equal(await page.locator("#policy details[open]").count(), 1);
    }],
    ["axe finds nothing", async () => assert.deepEqual(await audit(page), [])],
    ["it survives the end, and is saved", async () => {
      process.kill(Number(pid), "SIGINT");
      await page.waitForFunction(() => document.getElementById("live").textContent.includes("has ended"), null, { polling: 20, timeout: 20000 });
      assert.match(await page.locator("h1").innerText(), /^48 calls/);
      assert.match(await page.locator("#nearest").innerText(), /actions in excess/);
      await page.selectOption("#service", "sqs");
      assert.equal(await page.locator("#shown").innerText(), "40 of 48 calls");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
      assert.equal(download.suggestedFilename(), "report.html");
      await download.saveAs(path.join(folder, "saved.html"));
      const file = pathToFileURL(path.join(folder, "saved.html")).href;
      const saved = await open(browser, file);
      assert.match(await saved.page.locator("h1").innerText(), /^48 calls/);
      assert.match(await saved.page.locator("meta[http-equiv]").getAttribute("content"), /connect-src 'none'/);
      assert.equal(await saved.page.locator("#save").count(), 0);
      assert.deepEqual(saved.trouble, []);
      assert.deepEqual(saved.asked, [file]);
      await saved.context.close();
      const context = await browser.newContext({ javaScriptEnabled: false });
      const still = await context.newPage();
      await still.goto(file);
      assert.match(await still.locator("pre").innerText(), /sqs:SendMessage/);
      await context.close();
    }],
    ["it asked for nothing else", async () => {
      assert.deepEqual([...new Set(asked.filter((it) => !it.startsWith("blob:")))], [address, address + "events"]);
      assert.deepEqual(trouble, []);
    }],
  ]);
  socket.close();
  await browser.close();
})().catch((error) => {
  console.log(error.stack ?? String(error));
  process.exit(1);
});

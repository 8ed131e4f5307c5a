#!/usr/bin/env node
// Starts the binary of this platform's package, and is as good as not there: the same terminal, signals and exit status.
"use strict";

const { spawn } = require("node:child_process");
const { PLATFORMS } = require("../platforms.js");

const binary = find();
const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
  process.on(signal, () => {
    // The keyboard's signals go to every process of the terminal, and so to the binary already.
    const fromKeyboard = process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
    if (!fromKeyboard) child.kill(signal);
  });
}

child.on("error", (error) => {
  complain(`${binary} cannot be started: ${error.message}`);
  process.exit(126);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});

function find() {
  const platform = Object.values(PLATFORMS).find((it) => it.os === process.platform && it.cpu === process.arch);
  if (!platform) {
    complain(`there is no binary for ${process.platform} on ${process.arch}; build it with Cargo`);
    process.exit(126);
  }
  try {
    return require.resolve(`${platform.name}/${platform.executable}`);
  } catch {
    complain(`the package ${platform.name} is not installed; install leastwise again, without --omit=optional`);
    process.exit(126);
  }
}

function complain(sentence) {
  process.stderr.write(`leastwise: ${sentence}\n`);
}

"use strict";

/** The packages that carry a binary, by Rust's name of the platform; `os` and `cpu` are Node's names. */
exports.PLATFORMS = {
  "x86_64-unknown-linux-musl": { name: "leastwise-linux-x64", os: "linux", cpu: "x64", executable: "bin/leastwise" },
  "aarch64-unknown-linux-musl": { name: "leastwise-linux-arm64", os: "linux", cpu: "arm64", executable: "bin/leastwise" },
  "x86_64-apple-darwin": { name: "leastwise-darwin-x64", os: "darwin", cpu: "x64", executable: "bin/leastwise" },
  "aarch64-apple-darwin": { name: "leastwise-darwin-arm64", os: "darwin", cpu: "arm64", executable: "bin/leastwise" },
  "x86_64-pc-windows-msvc": { name: "leastwise-win32-x64", os: "win32", cpu: "x64", executable: "bin/leastwise.exe" },
};

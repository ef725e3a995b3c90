// Runs every check in wasm and compares it with the host: node check.mjs wasm.wasm
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
let checks = 0;
for (let host; (host = instance.exports.host(checks) >>> 0) !== 0; checks++) {
  const here = instance.exports.here(checks) >>> 0;
  console.log(`wasm check ${checks}: ${here.toString(16)}, host ${host.toString(16)}`);
  if (here !== host) process.exit(1);
}
if (checks !== 7) {
  console.error(`expected 7 checks, found ${checks}`);
  process.exit(1);
}

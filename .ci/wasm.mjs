// Runs a WebAssembly program: node .ci/wasm.mjs <program> <argument>...
//
// One that was compiled for WASI sees files, a clock and a terminal; one that was compiled for no
// system at all has no imports, as in a browser, and shows only whether it succeeds.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [program, ...rest] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(program));
if (WebAssembly.Module.imports(module).length > 0) {
  const wasi = new WASI({
    version: 'preview1',
    args: [program, ...rest],
    env: process.env,
    // The tests read files of the project by their whole paths.
    preopens: { '/': '/' },
  });
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  process.exitCode = wasi.start(instance);
} else {
  const instance = await WebAssembly.instantiate(module, {});
  process.exitCode = instance.exports.main(0, 0);
}

// The entry point of `npm start`, in JavaScript: a process that begins with TypeScript loads a
// compiler, which takes 17 MB. With the bundles and the compiled modules of an earlier start, nothing
// is left to compile.
import { createRequire, enableCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

// What a process cannot change after its start, so it starts again as itself. The young generation
// of the main thread grew to 105 MB under load, of which it used 2 MB; with 12 MB it takes no more
// processor time. glibc keeps freed memory in an arena for each thread.
const youngGeneration = "--max-semi-space-size=4";
const arenas = { MALLOC_ARENA_MAX: "2" };
// Absent on Windows.
if (process.execve !== undefined && !process.execArgv.includes(youngGeneration)) {
  const args = [...process.execArgv, youngGeneration, ...process.argv.slice(1)];
  process.execve(process.execPath, [process.execPath, ...args], { ...process.env, ...arenas });
}

// A thread collects garbage when its heap is twice as large as its live data. V8's default, up to
// four times, took half a gigabyte more under load, and the process kept it.
setFlagsFromString("--heap-growing-percent=100");
const repository = fileURLToPath(new URL("..", import.meta.url));
// Threads find the folder by the variable.
process.env.NODE_COMPILE_CACHE ??= join(repository, ".godwit/compiled");
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const { openBundles } = await import("./start/bundles.ts");
const bundles = await openBundles(repository, {
  main: "local/main.ts",
  storesThread: "local/storesThread.ts",
  runtime: "local/lambda/runtime/runtime.ts",
});
if (bundles === undefined) await import("./main.ts");
else createRequire(import.meta.url)(join(bundles, "main.cjs"));

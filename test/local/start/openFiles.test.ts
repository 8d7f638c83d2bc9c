import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { assertOpenFilesLimit } from "../../../local/start/openFiles.ts";

it.each([1_024, 256, undefined])("a limit of %s open files is sufficient", (max) => {
  expect(() => assertOpenFilesLimit(max)).not.toThrow();
});

it("a limit that is too low fails the start with one line that has the limit and the remedy", () => {
  const file = fileURLToPath(new URL("../../../local/start/openFiles.ts", import.meta.url));
  const code = `const { assertOpenFilesLimit } = await import(process.argv[1]); try { assertOpenFilesLimit(); } catch (error) { console.log(error.name, error.message); }`;
  const script = `ulimit -n 64; exec "$0" --input-type=module --eval "$1" "$2"`;
  const said = execFileSync("sh", ["-c", script, process.execPath, code, file]).toString();
  expect(said).toMatch(/^StartError .*64 open files.*ulimit -n 4096.*\n$/);
});

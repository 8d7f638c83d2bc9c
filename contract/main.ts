import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { breakingChanges } from "./breakingChanges.ts";
import { generate } from "./generate.ts";

const help = `Writes the OpenAPI document (client/openapi.json) and the types of the client (client/schema.ts) from the routes,
and lists breaking changes against the document of the last release (client/released/openapi.json).

npm run contract -- [--release]

  --release  also make this document the one of the last release
  --help     print this help

Exits with 1 if there are breaking changes.`;

const released = "client/released/openapi.json";

const run = async (): Promise<number> => {
  const options = { release: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = parseWith(options, () => parseArgs({ options }));
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const files = await generate();
  for (const [path, text] of files) await writeFile(path, text);
  const document = files.get("client/openapi.json") ?? "";
  if (values.release) await writeFile(released, document);
  const changes = breakingChanges(
    JSON.parse(await readFile(released, "utf8")),
    JSON.parse(document),
  );
  for (const change of changes) process.stderr.write(`${change}\n`);
  return changes.length === 0 ? 0 : 1;
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`godwit: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

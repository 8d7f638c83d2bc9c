import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { breakingChanges } from "./breakingChanges.ts";
import { breakingMessages } from "./breakingMessages.ts";
import { generate } from "./generate.ts";

const help = `Writes the OpenAPI document (client/openapi.json) and the types of the client (client/schema.ts) from the routes,
and the AsyncAPI document (client/asyncapi.json) from the messages; lists breaking changes against the documents of
the last release (client/released/).

npm run contract -- [--release]

  --release  also make these documents those of the last release
  --help     print this help

Exits with 1 if there are breaking changes.`;

/** The documents, and what names breaking changes of each. */
const documents = [
  ["openapi.json", breakingChanges],
  ["asyncapi.json", breakingMessages],
] as const;

const run = async (): Promise<number> => {
  const options = { release: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = parseWith(options, () => parseArgs({ options }));
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const files = await generate();
  for (const [path, text] of files) await writeFile(path, text);
  const changes: string[] = [];
  for (const [name, breaking] of documents) {
    const document = files.get(`client/${name}`) ?? "";
    const released = `client/released/${name}`;
    if (values.release) await writeFile(released, document);
    changes.push(...breaking(JSON.parse(await readFile(released, "utf8")), JSON.parse(document)));
  }
  for (const change of changes) process.stderr.write(`${change}\n`);
  return changes.length === 0 ? 0 : 1;
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`godwit: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

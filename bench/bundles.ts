import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import * as z from "zod";
import { readAssetFolders } from "../local/lambda/function/assetFolders.ts";
import { synthesize } from "../local/start/synthesize.ts";
import { readAssembly } from "../local/template/assembly.ts";
import { median } from "./statistics.ts";

/** The bundle of a function, which Lambda loads before the first event. */
export interface Bundle {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Median of several new processes, without the startup of Node.js. */
  readonly importMs: number;
}

interface Fn {
  readonly name: string;
  readonly file: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Measures every function of the templates, `imports` times each, in rounds. */
export const measureBundles = async (imports: number): Promise<Bundle[]> => {
  const functions = await functionsIn(await synthesize(tmpdir(), () => {}));
  const times = functions.map((): number[] => []);
  for (let round = 0; round < imports; round += 1) {
    for (const [i, fn] of functions.entries()) times[i]?.push(await importMs(fn));
  }
  return await Promise.all(
    functions.map(async ({ name, file }, i) => {
      const code = await readFile(file);
      const gzipBytes = gzipSync(code).length;
      return { name, bytes: code.length, gzipBytes, importMs: median(times[i] ?? []) };
    }),
  );
};

const isFunction = z.object({
  Type: z.literal("AWS::Lambda::Function"),
  Properties: z.object({
    Code: z.object({ S3Key: z.string() }),
    Environment: z.object({
      Variables: z.looseObject({ POWERTOOLS_SERVICE_NAME: z.string() }),
    }),
  }),
});

const functionsIn = async (assembly: string): Promise<Fn[]> => {
  const folders = await readAssetFolders(assembly);
  const stacks = await readAssembly(assembly);
  const resources = stacks.flatMap(({ template }) => Object.values(template.Resources));
  return resources.flatMap((resource) => {
    const read = isFunction.safeParse(resource);
    if (!read.success) return [];
    const { Code, Environment } = read.data.Properties;
    const file = join(folders.get(Code.S3Key) ?? "", "index.mjs");
    const name = Environment.Variables.POWERTOOLS_SERVICE_NAME;
    return [{ name, file, variables: literals(Environment.Variables) }];
  });
};

/** Environment variables of a function; references to resources become an unused URL. */
const literals = (variables: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [
      key,
      typeof value === "string" ? value : "https://nowhere.invalid/",
    ]),
  );

const script = `
  globalThis.awslambda = { streamifyResponse: (handler) => handler };
  const begun = performance.now();
  await import(process.argv[1]);
  process.stdout.write(String(performance.now() - begun), () => process.exit());
`;

const run = promisify(execFile);

/** Timeout of an import. */
const importMsMax = 10_000;

const importMs = async ({ file, variables }: Fn): Promise<number> => {
  const { stdout } = await run(
    process.execPath,
    ["--input-type=module", "--eval", script, "--", file],
    {
      env: { ...variables, ...anyAccount },
      timeout: importMsMax,
    },
  );
  return z.coerce.number().positive().parse(stdout);
};

const anyAccount = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
};

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { UsageError } from "../admin/usageError.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** The CDK command line of this repository. */
export const cdkCommand = fileURLToPath(
  new URL("../node_modules/aws-cdk/bin/cdk", import.meta.url),
);

/** Length of the output that an error shows. */
const outputCharsMax = 4_000;

/** Runs `cdk synth` into a folder, with context values such as `size=standard`. */
export const synthesize = async (folder: string, context: readonly string[]): Promise<void> => {
  const values = context.flatMap((value) => ["--context", value]);
  const cdk = spawn(
    process.execPath,
    [cdkCommand, "synth", "--quiet", "--output", folder, ...values],
    { cwd: repository, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-outputCharsMax);
  };
  cdk.stdout.on("data", collect);
  cdk.stderr.on("data", collect);
  const [code] = await once(cdk, "close");
  if (code !== 0) throw new UsageError(`The templates cannot be synthesized:\n${output.trim()}`);
};

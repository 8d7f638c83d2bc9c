import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../process.ts";

/** The commands of this project: Node.js 24 and the CDK CLI. */
export const commands = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));

/**
 * An environment that reaches this emulator only: no profile, no credentials and no endpoint of a
 * real account are inherited.
 */
export const emulatorEnvironment = (url: string, folder: string): Environment => ({
  ...inherited(),
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: join(folder, "no-config"),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
  // The CLI stores the number of the account there.
  CDK_HOME: join(folder, "cdk-home"),
  CDK_DISABLE_CLI_TELEMETRY: "true",
});

/** The environment of a process that knows no cloud. */
export const inherited = (): Environment => ({
  PATH: [commands, dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
  HOME: process.env.HOME ?? "",
  LANG: "C.UTF-8",
  NO_COLOR: "1",
});

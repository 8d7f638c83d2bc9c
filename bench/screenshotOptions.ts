import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";

/** What `npm run screenshots` shows, and where it puts the images. */
export interface ScreenshotOptions {
  /** The base URL of a running cloud, without a slash at the end. */
  readonly api: string;
  readonly folder: string;
  /** The state folder of the cloud. Absent: no screenshots of the console. */
  readonly state: string | undefined;
}

export const help = `Takes the images of the documentation from a running cloud of npm start.

npm run screenshots -- API-URL [FOLDER] [--state DIR]

  API-URL      base URL of the API, for example http://127.0.0.1:8080
  FOLDER       folder of the images (default: docs/images)
  --state DIR  state folder of the cloud: also takes the images of the console, as the demo user
  --help       print this help`;

const known = { state: { type: "string" }, help: { type: "boolean", default: false } } as const;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): ScreenshotOptions | "help" => {
  const { values, positionals } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: true }),
  );
  if (values.help) return "help";
  const [api, folder = "docs/images", unexpected] = positionals;
  if (api === undefined) throw new Error("missing API-URL. Try --help.");
  if (unexpected !== undefined) throw new Error(`unexpected '${unexpected}'. Try --help.`);
  const url = URL.parse(api);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(`API-URL must be an HTTP URL, not '${api}'. Try --help.`);
  }
  return { api: url.href.replace(/\/$/, ""), folder, state: values.state };
};

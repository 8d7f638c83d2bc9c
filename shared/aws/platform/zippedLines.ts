import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { parseJson } from "../../platform/parseJson.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** One line of JSON for each value, zipped: how objects of many small things are kept. */
export const zippedLines = {
  write: (values: readonly unknown[]): Promise<Uint8Array> =>
    zip(values.map((value) => `${JSON.stringify(value)}\n`).join("")),

  /** A line that is no JSON is `undefined`. Fails when it is not zipped at all, or is larger than `bytesMax` when it is unzipped. */
  async read(body: Uint8Array, bytesMax?: number): Promise<unknown[]> {
    const text = (await unzip(body, { maxOutputLength: bytesMax })).toString("utf8");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [parseJson(line)]));
  },
};

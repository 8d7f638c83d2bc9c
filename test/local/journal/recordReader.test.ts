import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { frameOf, segmentName } from "../../../local/journal/segment.ts";
import { newFolder } from "../support/newFolder.ts";

/** Takes all descriptors of its process, then reads a record of each segment, twice in turn. */
const script = `
const { openSync } = await import("node:fs");
const [module, folder, segments, bytes] = process.argv.slice(1);
const { RecordReader } = await import(module);
const reader = new RecordReader(folder);
const extent = { bytes: Number(bytes), storedBytes: Number(bytes) + 8 };
const read = (segment) =>
  reader.read({ segment, offset: 0, number: segment }, extent).subarray(0, 1).readUInt8();
if (process.env.READ_BEFORE === "yes") read(1);
const taken = [];
try {
  for (;;) taken.push(openSync("/dev/null", "r"));
} catch (error) {
  if (error.code !== "EMFILE") throw error;
}
const found = [];
for (let i = 0; i < 2 * segments; i += 1) found.push(read((i % segments) + 1));
process.stdout.write(JSON.stringify(found));
`;

it.each(["no", "yes"])(
  "contents of messages can be read when the process has no descriptor, a segment open before: %s",
  (before) => {
    const folder = newFolder();
    // More segments than blocks that the reader keeps, and no block holds two records.
    const segments = 20;
    const bytes = 70_000;
    for (let segment = 1; segment <= segments; segment += 1) {
      const frame = frameOf(Buffer.alloc(bytes, segment), segment);
      writeFileSync(join(folder, segmentName(segment)), frame);
    }
    const limited = 'ulimit -n 64; exec "$0" --input-type=module --eval "$@"';
    const module = resolve("local/journal/recordReader.ts");
    const args = ["-c", limited, process.execPath, script, module, folder, segments, bytes];
    const said = execFileSync("sh", args.map(String), {
      encoding: "utf8",
      env: { ...process.env, READ_BEFORE: before },
    });
    const each = Array.from({ length: segments }, (_, i) => i + 1);
    expect(JSON.parse(said)).toEqual([...each, ...each]);
  },
);

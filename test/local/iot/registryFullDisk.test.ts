import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openRegistry } from "../../../local/iot/registry.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { noSpace } from "../support/fullDisk.ts";

it("creates a thing only when the disk has space again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const space = openDiskSpace();
  let left = 1;
  const once = {
    ...space,
    retryWhileFull: <Result>(write: () => Result | Promise<Result>) =>
      space.retryWhileFull(() => {
        left -= 1;
        if (left >= 0) throw noSpace();
        return write();
      }),
  };
  const registry = await openRegistry(folder, once);
  const made = registry.things.put("a", { name: "a", id: "1", attributes: {}, version: 1 });
  await Promise.resolve();
  expect(readdirSync(join(folder, "things"))).toEqual([]);
  await made;
  expect(readdirSync(join(folder, "things"))).toEqual(["a.json"]);
});

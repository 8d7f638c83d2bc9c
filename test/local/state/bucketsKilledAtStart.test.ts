import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { openObjectStore } from "../../../local/s3/objectStore.ts";
import { checkBuckets } from "../../../local/state/checkStores.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";

const id = "folder";

const open = (parent: string, from: number) =>
  openObjectStore({
    folder: join(parent, "s3"),
    counterConfig: { id, counterFile: join(parent, "count"), from },
    durability: "process",
    space: openDiskSpace(),
  });

const check = (parent: string) =>
  checkBuckets({ folder: join(parent, "s3"), counterFile: join(parent, "count"), id });

/** The folder's content before and after each statement, as a kill there would leave it. */
const copiesOf = (folder: string, copies: string, run: () => void): string[] => {
  const made: string[] = [];
  const copy = () => {
    const to = join(copies, String(made.length));
    cpSync(folder, to, { recursive: true });
    made.push(to);
  };
  const { exec } = DatabaseSync.prototype;
  const spy = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (
    this: DatabaseSync,
    sql,
  ) {
    copy();
    exec.call(this, sql);
    copy();
  });
  try {
    run();
  } finally {
    spy.mockRestore();
  }
  return made;
};

it("a kill at any statement of a start does not damage the buckets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "buckets-"));
  const copies = mkdtempSync(join(tmpdir(), "buckets-copies-"));
  onTestFinished(() => {
    for (const path of [folder, copies]) rmSync(path, { recursive: true, force: true });
  });
  mkdirSync(join(folder, "s3"));
  const first = open(folder, 0);
  await first.committed();
  await first.committed();
  first.close();
  expect(check(folder)).toEqual({ count: 3 });

  const made = copiesOf(folder, copies, () => open(folder, 3).close());
  expect(made.length).toBeGreaterThan(8);
  for (const copy of made) {
    const checked = check(copy);
    expect(checked).toHaveProperty("count");
  }
});

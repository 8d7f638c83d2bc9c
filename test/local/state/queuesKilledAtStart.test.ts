import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { durableStores } from "../../../local/queue/durableStores.ts";
import { checkQueues } from "../../../local/state/checkStores.ts";
import { S3Store } from "../../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../../node_modules/fauxqs/dist/sns/snsStore.js";
import { SqsStore } from "../../../node_modules/fauxqs/dist/sqs/sqsStore.js";

const id = "folder";

const open = (parent: string, from: number) =>
  durableStores(
    join(parent, "queues"),
    { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() },
    { counterConfig: { id, counterFile: join(parent, "count"), from } },
  );

const check = (parent: string) =>
  checkQueues({ folder: join(parent, "queues"), counterFile: join(parent, "count"), id });

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

it("a kill at any statement of a start does not damage the queues", async () => {
  const folder = mkdtempSync(join(tmpdir(), "queues-"));
  const copies = mkdtempSync(join(tmpdir(), "queues-copies-"));
  onTestFinished(() => {
    for (const path of [folder, copies]) rmSync(path, { recursive: true, force: true });
  });
  mkdirSync(join(folder, "queues"));
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

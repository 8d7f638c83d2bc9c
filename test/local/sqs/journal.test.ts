import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { fileSystem, type JournalFile, type JournalFiles } from "../../../local/journal/files.ts";
import { segmentName } from "../../../local/journal/segment.ts";
import type { Queue } from "../../../local/sqs/engine/queue.ts";
import { receiptHandleOf } from "../../../local/sqs/engine/receiptHandle.ts";
import type { SqsStore } from "../../../local/sqs/store/openStore.ts";
import { repairJournal } from "../../../local/sqs/store/repairJournal.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { newFolder } from "../support/newFolder.ts";
import { checkFolder, contentsOf, openQueues } from "./support.ts";

const filler = "x".repeat(150);

const send = async ({ engine, log }: SqsStore, queue: Queue, body: string): Promise<void> => {
  engine.send(queue, { body: `${body} ${filler}` });
  await log.stored();
};

const bodies = (store: SqsStore, queue: Queue): string[] =>
  contentsOf(store, queue).map((content) => content.split(" ")[0] ?? "");

const receiveAndDelete = async ({ engine, log }: SqsStore, queue: Queue): Promise<string[]> => {
  const messages = await engine.receive(queue, { max: 2, waitSeconds: 0 });
  for (const message of messages) engine.delete(queue, receiptHandleOf(message));
  await log.stored();
  return messages.map(({ body }) => body.split(" ")[0] ?? "");
};

/** A journal of several segments with 12 messages. */
const filled = async (): Promise<string> => {
  const parent = newFolder();
  const store = openQueues(parent);
  const queue = store.engine.createQueue("q");
  for (let i = 0; i < 12; i += 1) await send(store, queue, `m${i}`);
  await store.close();
  return parent;
};

const segmentsOf = (parent: string): string[] =>
  readdirSync(join(parent, "sqs"))
    .filter((name) => name.endsWith(".journal"))
    .sort()
    .map((name) => join(parent, "sqs", name));

const copyOf = (parent: string): string => {
  const copy = newFolder();
  cpSync(parent, copy, { recursive: true });
  return copy;
};

/** Numbers from 0 to 1 that depend only on the seed. */
const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const random = randomOf(1);

describe("the start", () => {
  it("finds a changed byte anywhere", async () => {
    const parent = await filled();
    expect(segmentsOf(parent).length).toBeGreaterThan(1);
    const missed: string[] = [];
    for (const path of segmentsOf(parent)) {
      const original = readFileSync(path);
      for (let at = 0; at < original.length; at += at < 40 ? 3 : 29) {
        const changed = Buffer.from(original);
        changed[at] = (changed[at] ?? 0) ^ 0x41;
        writeFileSync(path, changed);
        if (!("damage" in checkFolder(parent))) missed.push(`${basename(path)} ${at}`);
      }
      writeFileSync(path, original);
    }
    expect(missed).toEqual([]);
    expect(checkFolder(parent)).toHaveProperty("count");
  });

  it("removes an incomplete end that was not acknowledged, at any length, and nothing else", async () => {
    const parent = await filled();
    const counter = readFileSync(join(parent, "count"));
    const store = openQueues(parent);
    await send(store, store.engine.queue("q"), "last");
    await store.close();
    const path = segmentsOf(parent).at(-1)!;
    const complete = readFileSync(path);
    const before = complete.length - 2 * filler.length;
    for (let bytes = before; bytes < complete.length; bytes += 9) {
      writeFileSync(path, complete.subarray(0, bytes));
      expect(checkFolder(parent)).toHaveProperty("damage");
    }
    writeFileSync(join(parent, "count"), counter);
    for (let bytes = complete.length - 1; bytes > complete.length - filler.length; bytes -= 17) {
      const copy = copyOf(parent);
      truncateSync(segmentsOf(copy).at(-1)!, bytes);
      expect(checkFolder(copy)).toHaveProperty("count");
      const again = openQueues(copy);
      expect(bodies(again, again.engine.queue("q"))).toHaveLength(12);
      await send(again, again.engine.queue("q"), "next");
      await again.close();
      expect(checkFolder(copy)).toHaveProperty("count");
    }
  });

  it.each([
    ["without its first segment", 0],
    ["without a segment in the middle", 1],
    ["without its last segment", -1],
  ])("refuses a journal %s", async (_, at) => {
    const parent = await filled();
    const path = segmentsOf(parent).at(at)!;
    cpSync(path, `${path}.aside`);
    truncateSync(path, 0);
    expect(checkFolder(parent)).toHaveProperty("damage");
  });

  it("refuses copied segments and those of another folder at any place, and deletes none", async () => {
    const [parent, other] = [await filled(), newFolder()];
    const counterConfig = { id: "other", counterFile: join(other, "count"), from: 0 };
    const store = openQueues(other, { counterConfig });
    const queue = store.engine.createQueue("q");
    for (let i = 0; i < 12; i += 1) await send(store, queue, `other ${i}`);
    await store.close();
    const next = segmentName(segmentsOf(parent).length + 1);
    for (const from of [...segmentsOf(parent), ...segmentsOf(other)]) {
      for (const name of [segmentName(0), next]) {
        const copy = copyOf(parent);
        cpSync(from, join(copy, "sqs", name));
        expect(checkFolder(copy), `${from} as ${name}`).toHaveProperty("damage");
        expect(() => openQueues(copy)).toThrow("damaged");
        expect(segmentsOf(copy).map((path) => basename(path))).toContain(name);
      }
    }
  });

  it("refuses swapped segments and those of another folder", async () => {
    const parent = await filled();
    const [one = "", other = ""] = segmentsOf(parent);
    const bytes = readFileSync(one);
    writeFileSync(one, readFileSync(other));
    expect(checkFolder(parent)).toHaveProperty("damage");
    writeFileSync(other, bytes);
    expect(checkFolder(parent)).toHaveProperty("damage");
  });
});

it.each([
  ["a body", -20],
  ["a length", -1],
])("a repair keeps every message that can be read, if %s is corrupt", async (_, at) => {
  const parent = await filled();
  const [, path = ""] = segmentsOf(parent);
  const bytes = readFileSync(path);
  // The highest byte of the length of the first message, after the header.
  const lengthAt = 8 + bytes.readUInt32LE(0) + 3;
  bytes[at === -1 ? lengthAt : bytes.length + at] = 0xff;
  writeFileSync(path, bytes);
  const messages = repairJournal(join(parent, "sqs"), "state-folder");
  expect(messages).toBe(11);
  expect(checkFolder(parent)).toHaveProperty("damage");
  expect(repairJournal(join(parent, "sqs"), "state-folder")).toBe(11);
  writeFileSync(join(parent, "count"), "");
  const store = openQueues(parent);
  expect(bodies(store, store.engine.queue("q"))).toHaveLength(11);
  await store.close();
  expect(checkFolder(parent)).toHaveProperty("count");
});

it.each([
  ["zeros", () => 0],
  ["random bytes", () => Math.floor(256 * random())],
])(
  "a repair keeps every message that can be read, if 2,000 in sequence are %s",
  async (_, byte) => {
    const parent = newFolder();
    const store = openQueues(parent, { segmentBytes: 1_000_000 });
    const queue = store.engine.createQueue("q");
    for (let i = 0; i < 3_000; i += 1) store.engine.send(queue, { body: `m${i}` });
    const messages = [...queue.messages.values()];
    await store.close();
    const [path = ""] = segmentsOf(parent);
    const bytes = readFileSync(path);
    const [from = 0, to = 0] = [messages[500]?.offset, messages[2_500]?.offset];
    for (let at = from; at < to; at += 1) bytes[at] = byte();
    writeFileSync(path, bytes);
    expect(repairJournal(join(parent, "sqs"), "state-folder")).toBe(1_000);
  },
);

it("deleted messages leave the disk, and a message that stays is kept", async () => {
  const parent = newFolder();
  const store = openQueues(parent);
  const queue = store.engine.createQueue("q");
  store.engine.send(queue, { body: "kept", delaySeconds: 900 });
  for (let i = 0; i < 200; i += 1) {
    await send(store, queue, `m${i}`);
    await receiveAndDelete(store, queue);
  }
  await vi.waitFor(() => expect(segmentsOf(parent).length).toBeLessThan(6));
  await store.close();
  expect(checkFolder(parent)).toHaveProperty("count");
  const again = openQueues(parent);
  expect(contentsOf(again, again.engine.queue("q"))).toEqual(["kept 0"]);
  expect(again.engine.queue("q").delayed).toBe(1);
  await again.close();
});

/** A step of a journal's files, or the acknowledgements until then. */
type Step =
  | { readonly open: string }
  | { readonly write: string; readonly position: number; readonly bytes: Buffer }
  | { readonly sync: string }
  | { readonly syncFolder: true }
  | { readonly truncate: string; readonly bytes: number }
  | { readonly remove: string }
  | { readonly stored: readonly string[]; readonly deleted: readonly string[]; counter: Buffer };

/** Opens queues whose journal records its steps. */
const openRecorded = (durability: "process" | "power") => {
  const steps: Step[] = [];
  const names = new Map<JournalFile, string>();
  const nameOf = (file: JournalFile): string => names.get(file) ?? "";
  const files: JournalFiles = {
    ...fileSystem,
    async open(path, asked) {
      expect(asked).toBe(durability);
      const file = await fileSystem.open(path, asked);
      names.set(file, basename(path));
      steps.push({ open: basename(path) });
      return file;
    },
    async write(file, bytes, position) {
      steps.push({ write: nameOf(file), position, bytes: Buffer.from(bytes) });
      const written = await fileSystem.write(file, bytes, position);
      if (durability === "power") steps.push({ sync: nameOf(file) });
      return written;
    },
    async sync(path) {
      await fileSystem.sync(path);
      steps.push({ syncFolder: true });
    },
    async remove(path) {
      steps.push({ remove: basename(path) });
      await fileSystem.remove(path);
    },
  };
  const parent = newFolder();
  const store = openQueues(parent, { files, durability });
  const stored: string[] = [];
  const deleted: string[] = [];
  const acknowledge = () =>
    steps.push({
      stored: [...stored],
      deleted: [...deleted],
      counter: readFileSync(join(parent, "count")),
    });
  acknowledge();
  return { store, steps, stored, deleted, acknowledge };
};

/** Records the steps of a journal with sends, deletes, rotations and compactions. */
const recordSteps = async (durability: "process" | "power"): Promise<Step[]> => {
  const { store, steps, stored, deleted, acknowledge } = openRecorded(durability);
  const queue = store.engine.createQueue("q");
  store.engine.send(queue, { body: "kept", delaySeconds: 900 });
  stored.push("kept");
  for (let i = 0; i < 30; i += 1) {
    await send(store, queue, `m${i}`);
    stored.push(`m${i}`);
    acknowledge();
    if (i % 2 === 0) continue;
    deleted.push(...(await receiveAndDelete(store, queue)));
    acknowledge();
  }
  await store.close();
  expect(steps.some((step) => "remove" in step)).toBe(true);
  return steps;
};

/** The same for a function that moves messages from one queue to another and waits for no write. */
const recordMoves = async (durability: "process" | "power"): Promise<Step[]> => {
  const { store, steps, stored, acknowledge } = openRecorded(durability);
  const { engine, log } = store;
  const [from, to] = [engine.createQueue("from"), engine.createQueue("to")];
  for (let i = 0; i < 30; i += 1) {
    await send(store, from, `m${i}`);
    stored.push(`m${i}`);
    acknowledge();
    const [message] = await engine.receive(from, { max: 1, waitSeconds: 0 });
    engine.send(to, { body: message!.body });
    // The write can take place between the two, and each can wait for it.
    if (i % 3 === 0) await log.stored();
    engine.delete(from, receiptHandleOf(message!));
    if (i % 3 === 1) await log.stored();
    acknowledge();
  }
  await store.close();
  return steps;
};

/** A file of the simulated disk: durable content, and later writes in any order. */
interface SimulatedFile {
  durable: Buffer;
  readonly pending: Extract<Step, { write: string }>[];
  isNamed: boolean;
}

const applied = (content: Buffer, position: number, bytes: Buffer): Buffer => {
  const larger = Buffer.alloc(Math.max(content.length, position + bytes.length));
  content.copy(larger);
  bytes.copy(larger, position);
  return larger;
};

const blockBytes = 64;

/** The folder after a power failure: unsynchronized blocks are there or not, by `random`. */
const folderAfter = (
  steps: readonly Step[],
  { losesPower, random }: { losesPower: boolean; random: () => number },
) => {
  const files = new Map<string, SimulatedFile>();
  let last: Extract<Step, { stored: unknown }> | undefined;
  for (const step of steps) {
    if ("open" in step) {
      const known = files.get(step.open);
      if (known === undefined) {
        files.set(step.open, { durable: Buffer.alloc(0), pending: [], isNamed: false });
      }
    } else if ("write" in step) files.get(step.write)?.pending.push(step);
    else if ("sync" in step) {
      const file = files.get(step.sync)!;
      for (const { position, bytes } of file.pending.splice(0)) {
        file.durable = applied(file.durable, position, bytes);
      }
    } else if ("syncFolder" in step) for (const file of files.values()) file.isNamed = true;
    else if ("remove" in step) {
      if (!losesPower || random() < 0.5) files.delete(step.remove);
    } else if ("stored" in step) last = step;
  }
  const parent = newFolder();
  mkdirSync(join(parent, "sqs"));
  for (const [name, file] of files) {
    if (losesPower && !file.isNamed && random() < 0.5) continue;
    let content = file.durable;
    for (const write of file.pending) {
      const { position, bytes } = write;
      // A process that is killed during a write may have stored a part of it.
      const isTorn = !losesPower && write === steps.at(-1) && random() < 0.5;
      const end = isTorn ? Math.floor(random() * bytes.length) : bytes.length;
      for (let at = 0; at < end; at += blockBytes) {
        if (losesPower && random() < 0.5) continue;
        const block = bytes.subarray(at, Math.min(end, at + blockBytes));
        content = applied(content, position + at, block);
      }
    }
    writeFileSync(join(parent, "sqs", name), content);
  }
  if (last !== undefined) writeFileSync(join(parent, "count"), last.counter);
  return { parent, stored: last?.stored ?? [], deleted: last?.deleted ?? [] };
};

describe.each([
  { event: "a power failure", durability: "power" as const, losesPower: true },
  { event: "kill -9", durability: "process" as const, losesPower: false },
])("after $event at any step", ({ durability, losesPower }) => {
  it("everything acknowledged is there, and nothing that was deleted", async () => {
    const steps = await recordSteps(durability);
    for (let end = 1; end <= steps.length; end += 1) {
      const random = randomOf(end);
      const { parent, stored, deleted } = folderAfter(steps.slice(0, end), { losesPower, random });
      expect(checkFolder(parent), `step ${end}`).toHaveProperty("count");
      const store = openQueues(parent);
      const queue = [...store.engine.queues()][0];
      const found = new Set(queue === undefined ? [] : bodies(store, queue));
      await store.close();
      const sent = stored.filter((body) => !deleted.includes(body));
      // The next receive may have begun: it deletes the first two.
      const missing = sent.filter((body) => !found.has(body));
      const next = sent.filter((body) => body !== "kept").slice(0, 2);
      expect(next).toEqual(expect.arrayContaining(missing));
      expect(deleted.filter((body) => found.has(body))).toEqual([]);
    }
  }, 60_000);

  it("a message that a function handled is there, or the message that it sent", async () => {
    const steps = await recordMoves(durability);
    for (let end = 1; end <= steps.length; end += 1) {
      const random = randomOf(end);
      const { parent, stored } = folderAfter(steps.slice(0, end), { losesPower, random });
      expect(checkFolder(parent), `step ${end}`).toHaveProperty("count");
      const store = openQueues(parent);
      const found = new Set([...store.engine.queues()].flatMap((queue) => bodies(store, queue)));
      await store.close();
      expect(stored.filter((body) => !found.has(body))).toEqual([]);
    }
  }, 60_000);
});

it("with power, what a killed process has written is durable before a later change is acknowledged", async () => {
  const parent = await filled();
  const segments = segmentsOf(parent);
  const synced: string[] = [];
  const files: JournalFiles = {
    ...fileSystem,
    async sync(path) {
      await fileSystem.sync(path);
      synced.push(path);
    },
    async write(...call) {
      expect(synced).toEqual(expect.arrayContaining(segments));
      return await fileSystem.write(...call);
    },
  };
  const store = openQueues(parent, { files, durability: "power" });
  await send(store, store.engine.queue("q"), "next");
  await store.close();
});

describe("a disk that is full", () => {
  it("delays the acknowledgement, and loses nothing", async () => {
    const parent = newFolder();
    const space = openDiskSpace();
    let isFull = false;
    const files: JournalFiles = {
      ...fileSystem,
      async write(file, bytes, position) {
        if (!isFull) return await fileSystem.write(file, bytes, position);
        await fileSystem.write(file, bytes.subarray(0, 5), position);
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      },
    };
    const store = openQueues(parent, { files, space });
    const queue = store.engine.createQueue("q");
    await send(store, queue, "first");
    isFull = true;
    const acknowledged: string[] = [];
    const waiting = ["second", "third"].map((body) =>
      send(store, queue, body).then(() => acknowledged.push(body)),
    );
    await vi.waitFor(() => expect(space.isFull).toBe(true));
    expect(acknowledged).toEqual([]);
    const killed = copyOf(parent);
    expect(checkFolder(killed)).toHaveProperty("count");
    isFull = false;
    await Promise.all(waiting);
    expect(space.isFull).toBe(false);
    await store.close();
    const again = openQueues(parent);
    expect(bodies(again, again.engine.queue("q"))).toEqual(["first", "second", "third"]);
    await again.close();
  });

  it("or broken in another way ends the cloud without an acknowledgement", async () => {
    const errors: Error[] = [];
    const files: JournalFiles = {
      ...fileSystem,
      async write() {
        throw Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
      },
    };
    const onFatalError = (error: Error): void => void errors.push(error);
    const store = openQueues(newFolder(), { files, onFatalError });
    store.engine.createQueue("q");
    let isAcknowledged = false;
    void store.log.stored().then(() => {
      isAcknowledged = true;
    });
    await vi.waitFor(() => expect(errors).toMatchObject([{ code: "EIO" }]));
    expect(isAcknowledged).toBe(false);
    await store.close();
  });
});

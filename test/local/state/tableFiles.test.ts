import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { expect, it, onTestFinished, vi } from "vitest";
import { openChangeCounter } from "../../../local/state/changeCounter.ts";
import { checkTables } from "../../../local/state/checkStores.ts";
import { digestOf, readJournal } from "../../../local/state/journal.ts";
import { openState } from "../../../local/state/openState.ts";

const open = (folder: string) => openState(folder, { isRepair: false, log: () => {} });

const newFolder = (): string => {
  const parent = mkdtempSync(join(tmpdir(), "table-files-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "state");
  mkdirSync(join(folder, "tables"), { recursive: true });
  return folder;
};

/** Opened twice: the second time LevelDB writes its log to a table file. */
const makeTables = async (path: string): Promise<void> => {
  for (const key of ["one", "two"]) {
    const db = new ClassicLevel<string, string>(path);
    await db.put(key, '"value"');
    await db.close();
  }
};

it("a table file that is rewritten on open is not damage after a kill", async () => {
  const folder = newFolder();
  const left = join(folder, "tables/000999.ldb");
  const first = await open(folder);
  await first.counterConfigOf("tables");
  await makeTables(join(folder, "tables"));
  writeFileSync(left, "what a killed process had left");
  first.close();

  const second = await open(folder);
  await second.counterConfigOf("tables");
  writeFileSync(left, "what recovery has written under the same name");
  const killed = `${folder}-killed`;
  cpSync(folder, killed, { recursive: true });
  second.close();

  const third = await open(killed);
  third.close();
});

it("a table file is recorded after the open, and again when it changes", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const folder = newFolder();
  const file = join(folder, "tables/000005.ldb");
  const write = (text: string) => {
    writeFileSync(file, text);
    utimesSync(file, new Date(0), new Date(text.length * 1_000));
  };
  const noted = () => readJournal(folder)?.files.get("tables/000005.ldb")?.committed;

  const state = await open(folder);
  const { id, counterFile } = await state.counterConfigOf("tables");
  write("first");
  vi.advanceTimersByTime(3_000);
  expect(noted()).toBeUndefined();

  openChangeCounter(counterFile, id, 0).close();
  vi.advanceTimersByTime(2_000);
  expect(noted()).toBe(digestOf("first"));

  write("changed");
  vi.advanceTimersByTime(1_000);
  expect(noted()).toBeUndefined();
  vi.advanceTimersByTime(1_000);
  expect(noted()).toBe(digestOf("changed"));
  state.close();
});

it("a check of the tables uses copies of all files", async () => {
  const folder = join(newFolder(), "tables");
  await makeTables(folder);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ldb"));
  expect(files.length).toBeGreaterThan(0);
  // A hard link would change this.
  const changed = () => files.map((name) => statSync(join(folder, name)).ctimeMs);
  const before = changed();
  expect(await checkTables({ folder, counterFile: `${folder}.count`, id: "" })).toEqual({
    count: 0,
  });
  expect(changed()).toEqual(before);
});

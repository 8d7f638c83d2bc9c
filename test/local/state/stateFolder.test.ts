import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockStateFolder } from "../../../local/state/stateFolder.ts";

const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe("the state folder", () => {
  it("is made, with its parents, for its owner only", () => {
    const path = join(tempFolder(), "a", "b");
    const state = lockStateFolder(path);
    onTestFinished(state.release);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(state.folder("demo")).mode & 0o777).toBe(0o700);
  });

  it("is held by one at a time, and can be taken again when it is released", () => {
    const path = tempFolder();
    const first = lockStateFolder(path);
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
    );
    first.release();
    lockStateFolder(path).release();
  });

  it("is refused by name when it cannot be written", () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      expect(() => lockStateFolder(path)).toThrow(
        expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
      );
    }
  });

  it("is refused by name where a folder takes no entries", () => {
    const path = "/proc/godwit/below";
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
    );
  });

  it("is refused by the name of a lock that is none", () => {
    const path = tempFolder();
    writeFileSync(join(path, "lock"), "something else, and not a little of it".repeat(100));
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining("lock") }),
    );
  });

  it("keeps what is in it, but goes away when it is a temporary one", () => {
    const kept = lockStateFolder(tempFolder());
    writeFileSync(join(kept.path, "file"), "");
    kept.release();
    expect(statSync(join(kept.path, "file")).isFile()).toBe(true);

    const temporary = lockStateFolder(undefined);
    expect(temporary.isPersistent).toBe(false);
    temporary.release();
    expect(() => statSync(temporary.path)).toThrow("ENOENT");
  });
});

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
  it("is created with its parents, for its owner only", () => {
    const path = join(tempFolder(), "a", "b");
    const state = lockStateFolder(path);
    onTestFinished(state.release);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(state.folder("demo")).mode & 0o777).toBe(0o700);
  });

  it("is locked by one process, and can be locked again after a release", () => {
    const path = tempFolder();
    const first = lockStateFolder(path);
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
    );
    first.release();
    lockStateFolder(path).release();
  });

  it("is rejected by name when it is not writable", () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      expect(() => lockStateFolder(path)).toThrow(
        expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
      );
    }
  });

  it("is rejected by name in a folder that rejects entries", () => {
    const path = "/proc/godwit/below";
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining(path) }),
    );
  });

  it("is rejected with the name of an invalid lock file", () => {
    const path = tempFolder();
    writeFileSync(join(path, "lock"), "something else, and not a little of it".repeat(100));
    expect(() => lockStateFolder(path)).toThrow(
      expect.objectContaining({ name: "StartError", message: expect.stringContaining("lock") }),
    );
  });

  it("is kept, except a temporary one", () => {
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

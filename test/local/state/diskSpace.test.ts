import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { explainIoError, isDiskFull, probeSpace } from "../../../local/state/diskFull.ts";
import { logDiskSpace, openDiskSpace } from "../../../local/state/diskSpace.ts";
import { fullDisk, noSpace } from "../support/fullDisk.ts";

const folder = mkdtempSync(join(tmpdir(), "disk-space-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (message: string, more: object) => Object.assign(new Error(message), more);
const sqlite = (errcode: number) => failure("x", { code: "ERR_SQLITE_ERROR", errcode });

describe("a full disk", () => {
  it.each([
    ["the disk", noSpace()],
    ["a quota", noSpace("EDQUOT")],
    ["SQLite", sqlite(13)],
    ["a cause", new Error("Database failed to open", { cause: noSpace() })],
  ])("is reported by %s", (_, error) => {
    expect(isDiskFull(error)).toBe(true);
  });

  it.each([
    ["a broken disk", failure("x", { code: "EIO" })],
    ["a disk for reading", failure("x", { code: "EROFS" })],
    ["a file that is too large", failure("x", { code: "EFBIG" })],
    ["corruption, by SQLite", sqlite(11)],
    ["a broken disk, by SQLite", sqlite(778)],
    ["a constraint", sqlite(787)],
    ["words of a user", new Error("No space left on device")],
    ["no error", undefined],
  ])("is not reported by %s", (_, error) => {
    expect(isDiskFull(error)).toBe(false);
  });

  it("is detected when SQLite reports an I/O error", () => {
    const error = sqlite(778);
    expect(explainIoError(error, folder)).toBe(error);
    expect(isDiskFull(explainIoError(error, "/proc"))).toBe(false);
  });

  it("is probed without leaving a file", () => {
    probeSpace(folder, 1_000);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a write", () => {
  it("is retried until there is space, after its recovery each time", async () => {
    const space = openDiskSpace();
    const steps: string[] = [];
    let left = 2;
    const write = () => {
      steps.push(`write ${space.isFull}`);
      left -= 1;
      if (left >= 0) throw noSpace();
      return "stored";
    };
    const recover = () => void steps.push("recover");
    expect(await space.retryWhileFull(write, recover)).toBe("stored");
    expect(steps).toEqual(["write false", "recover", "write true", "recover", "write true"]);
    expect(space.isFull).toBe(false);
  });

  it("is not retried after other errors", async () => {
    const space = openDiskSpace();
    let tries = 0;
    const write = () => {
      tries += 1;
      throw tries === 1 ? noSpace() : failure("broken", { code: "EIO" });
    };
    await expect(space.retryWhileFull(write)).rejects.toThrow("broken");
    expect(tries).toBe(2);
    expect(space.isFull).toBe(false);
  });

  it("marks the disk as full for every thread until all writes succeeded", async () => {
    const one = fullDisk();
    const other = openDiskSpace(one.space.memory);
    let isFull = true;
    const second = other.retryWhileFull(() => {
      if (isFull) throw noSpace();
    });
    await one.free();
    expect(one.space.isFull).toBe(true);
    isFull = false;
    await second;
    expect(one.space.isFull).toBe(false);
  });
});

describe("a wait for space", () => {
  it("ends when there is space", async () => {
    const { space, free } = fullDisk();
    const waitForSpace = space.waitForSpace().then(() => space.isFull);
    await free();
    expect(await waitForSpace).toBe(false);
  });

  it("ends at its timeout, or when it is aborted", async () => {
    const { space } = fullDisk();
    await space.waitForSpace({ msMax: 10 });
    await space.waitForSpace({ signal: AbortSignal.abort() });
    expect(space.isFull).toBe(true);
  });
});

it("logs one line when the disk is full and one when it has space again", async () => {
  const { space, free } = fullDisk();
  const log = vi.fn();
  const end = logDiskSpace(space, "/state", log);
  await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(1), 5_000);
  expect(log.mock.calls[0]).toEqual([
    expect.stringContaining("the disk is full"),
    { state: "/state" },
    "error",
  ]);
  await free();
  await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(2), 5_000);
  expect(log.mock.calls[1]?.[0]).toContain("has space again");
  end();
});

import { rmSync, statSync, utimesSync } from "node:fs";
import { expect, it, onTestFinished, vi } from "vitest";
import { keepFolder } from "../../../local/start/keepFolder.ts";
import { newFolder } from "../support/newFolder.ts";

const dayMs = 86_400_000;

it("a folder that a process uses is never one that was unused for a week, however long it runs", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const folder = newFolder();
  const longAgo = new Date(Date.now() - 8 * dayMs);
  const isOld = () => Date.now() - statSync(folder).mtimeMs > 7 * dayMs;
  utimesSync(folder, longAgo, longAgo);
  keepFolder(folder);
  for (let day = 0; day < 30; day += 1) {
    expect([day, isOld()]).toEqual([day, false]);
    vi.advanceTimersByTime(dayMs);
  }
  rmSync(folder, { recursive: true });
  expect(() => vi.advanceTimersByTime(dayMs)).not.toThrow();
});

import { expect, it } from "vitest";
import { isStoreFailure } from "../../../local/thread/serveThread.ts";

const coded = (code: string, cause?: unknown) => Object.assign(new Error("x", { cause }), { code });

it.each([
  ["SQLite", coded("ERR_SQLITE_ERROR")],
  ["the disk", coded("ENOSPC")],
  ["the disk, behind another error", new Error("y", { cause: coded("EIO") })],
])("a failed write of %s terminates the thread", (_, error) => {
  expect(isStoreFailure(error)).toBe(true);
});

it.each([
  new RangeError("Maximum call stack size exceeded"),
  coded("ERR_HTTP_HEADERS_SENT"),
  "text",
  undefined,
])("an error that an emulator throws during a request becomes its response: %s", (error) => {
  expect(isStoreFailure(error)).toBe(false);
});

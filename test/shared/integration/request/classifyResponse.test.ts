import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyStatus } from "#shared/integration/request/classifyResponse.ts";

it.each([
  [200, "delivered"],
  [204, "delivered"],
  [299, "delivered"],
  [199, "failed"],
  [300, "failed"],
  [301, "redirected"],
  [302, "redirected"],
  [303, "redirected"],
  [304, "redirected"],
  [305, "failed"],
  [307, "redirected"],
  [308, "redirected"],
  [400, "failed"],
  [401, "failed"],
  [404, "failed"],
  [429, "overloaded"],
  [502, "overloaded"],
  [500, "failed"],
  [503, "overloaded"],
  [504, "overloaded"],
  [0, "failed"],
  [410, "gone"],
])("the status %i is classified as %s", (status, verdict) => {
  expect(classifyStatus(status)).toBe(verdict);
});

it("classifies only the redirects 302 and 303 as success, if the integration accepts redirects", () => {
  const accepted = [301, 302, 303, 304, 307, 308, 410, 500].filter(
    (status) => classifyStatus(status, { acceptRedirects: true }) === "delivered",
  );
  expect(accepted).toEqual([302, 303]);
});

describe("for every status,", () => {
  /** All statuses, and some invalid numbers. */
  const whatever = (check: (status: number) => void): void => {
    for (let status = 0; status < 1_000; status += 1) check(status);
    fc.assert(fc.property(fc.oneof(fc.integer(), fc.double()), check));
  };

  it("a delivery ends if it was accepted or the target is gone, and is retried otherwise", () => {
    whatever((status) => {
      const isTaken = status >= 200 && String(Math.trunc(status)).match(/^2..$/) !== null;
      expect(classifyStatus(status) === "delivered", String(status)).toBe(isTaken);
      expect(classifyStatus(status) === "gone", String(status)).toBe(status === 410);
    });
  });

  it("the target counts as overloaded only for overload statuses, never for client errors", () => {
    whatever((status) => {
      const isBusy = [429, 502, 503, 504].includes(status);
      expect(classifyStatus(status) === "overloaded", String(status)).toBe(isBusy);
    });
  });
});

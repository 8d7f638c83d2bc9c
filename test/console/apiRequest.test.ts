import { expect, it } from "vitest";
import { leavesItsPath } from "../../console/api/apiRequest.ts";

it("finds names that a browser would resolve as a part of the path", () => {
  for (const name of ["..", ".", "%2e%2E", ".%2e", "%2e"]) {
    expect(new URL(`http://a.example/v1/devices/x/${name}`).pathname).not.toContain(name);
    expect(leavesItsPath(`/v1/devices/x/${name}`)).toBe(true);
    expect(leavesItsPath(`/v1/devices/${name}/events`)).toBe(true);
  }
  expect(leavesItsPath("/v1/devices/x\\..\\y")).toBe(true);
  for (const name of ["a..b", "...", ".hidden", "%252e%252e", "..%2F..", "1.2"]) {
    expect(leavesItsPath(`/v1/devices/x/${encodeURIComponent(name)}`)).toBe(false);
  }
});

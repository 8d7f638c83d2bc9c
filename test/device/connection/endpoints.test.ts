import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import {
  mergeEndpoints,
  readEndpoints,
  writeEndpoints,
} from "../../../device/connection/endpoints.ts";
import { endpointsMax } from "../../../device/limits.ts";

const url = (n: number | string) => `mqtts://h${n}:8883`;

it("appends new endpoints and keeps the order of the others", () => {
  const all = [url(1), url(2)];
  const known = { given: [url(1)], all, current: url(2) };
  expect(mergeEndpoints([url(3), url(1), url(3)], known)).toEqual([...all, url(3)]);
  expect(mergeEndpoints([url(2)], known)).toEqual(all);
  expect(mergeEndpoints(["mqtt://plain:1883", "nonsense"], known)).toEqual(all);
});

it("evicts endpoints that the cloud no longer announces, never configured or current ones", () => {
  const learned = Array.from({ length: endpointsMax - 1 }, (_, n) => url(n));
  const known = { given: [url("given")], all: [url("given"), ...learned], current: url(0) };
  const after = mergeEndpoints([url("new"), url(2)], known);
  expect(after).toHaveLength(endpointsMax);
  expect(after).toEqual(expect.arrayContaining([url("given"), url(0), url(2), url("new")]));
  expect(after).not.toContain(url(1));
});

it("limits the number and keeps configured and current endpoints for any announcement", () => {
  const urls = fc.array(fc.nat(40).map(url), { maxLength: 40 });
  fc.assert(
    fc.property(urls, urls, urls, fc.nat(), (given, learned, told, at) => {
      const all = [...new Set([...given, ...learned.slice(0, endpointsMax)])];
      const current = all[at % Math.max(1, all.length)];
      const after = mergeEndpoints(told, { given, all, current });
      const max = Math.max(endpointsMax, new Set(given).size + 1);
      expect(after.length).toBeLessThanOrEqual(Math.max(max, given.length));
      expect(after).toEqual(expect.arrayContaining(given));
      if (current !== undefined) expect(after).toContain(current);
      expect(new Set(after).size).toBe(after.length);
    }),
  );
});

const place = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-endpoints-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "device.json.endpoints");
};

it("stores endpoints in one file and leaves no temporary file", async () => {
  const path = await place();
  expect(await readEndpoints(path, "d1")).toEqual([]);
  await writeEndpoints(path, "d1", [url(1)]);
  await writeEndpoints(path, "d1", [url(1), url(2)]);
  expect(await readEndpoints(path, "d1")).toEqual([url(1), url(2)]);
  expect(await readEndpoints(path, "another")).toEqual([]);
  expect(await readdir(join(path, ".."))).toEqual(["device.json.endpoints"]);
});

it("treats a truncated file as empty", async () => {
  const path = await place();
  await writeEndpoints(path, "d1", [url(1)]);
  const whole = await readFile(path, "utf8");
  for (let length = 0; length < whole.length - 1; length += 1) {
    await writeFile(path, whole.slice(0, length));
    expect(await readEndpoints(path, "d1")).toEqual([]);
  }
  await writeFile(path, JSON.stringify({ id: "d1", endpoints: ["https://x", 1, url(1)] }));
  expect(await readEndpoints(path, "d1")).toEqual([url(1)]);
});

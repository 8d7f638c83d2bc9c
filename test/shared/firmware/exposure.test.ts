import { describe, expect, it } from "vitest";
import { type ExposureQuery, readExposure } from "#shared/firmware/exposure.ts";
import { listFirmwareChanges } from "#shared/firmware/listFirmwareChanges.ts";
import { readRollout } from "#shared/firmware/rollout.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryFirmwareHistory } from "../../memory/firmware/firmwareHistory.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";

const product = { id: 123_456_789, fleet: "p1" };
const id = (n: number): string => String(n).padStart(24, "0");

/** A fleet whose devices report versions, in order of time. */
const make = () => {
  const history = memoryFirmwareHistory();
  const devices = memoryDevices();
  const rows = new Map<string, Parameters<typeof sessions.put>[0]>();
  const sessions = memorySessions("us-east-1");
  const former = new Map<string, { product: number; version: number }>();
  const add = (n: number, fleet = product.fleet) =>
    devices.add({ id: id(n), fleet, name: `lamp-${n}`, createdAt: "2026-01-01T00:00:00Z" });
  const runs = async (
    n: number,
    version: number,
    at: number,
    region = "us-east-1",
    image: string | undefined = "a".repeat(64),
  ) => {
    const device = id(n);
    const change = { device, product: product.id, version, image, region, at };
    await history.record(change, former.get(device));
    former.set(device, { product: product.id, version });
    const session = {
      device,
      region: "us-east-1",
      connected: true,
      since: at,
      at,
      hello: { firmware: String(version), image, functions: [], variables: {} },
      helloAt: at,
      revision: (rows.get(device)?.revision ?? 0) + 1,
    };
    rows.set(device, session);
    await sessions.put(session);
  };
  const deps = { history, devices, sessions };
  return { add, runs, deps };
};

/** All pages of an exposure. */
const exposureOf = async (deps: ReturnType<typeof make>["deps"], limit = 100) => {
  const found = [];
  let after: string | undefined;
  do {
    const query: ExposureQuery = { version: 1, limit, after };
    const page = await readExposure(product, query, deps);
    found.push(...page.devices);
    after = page.next;
  } while (after !== undefined);
  return found;
};

describe("the exposure of a version", () => {
  it("has who runs it, who ran it, and who has left the product", async () => {
    const { add, runs, deps } = make();
    await add(1);
    await add(2);
    await add(3, "another");
    for (const n of [1, 2, 3]) await runs(n, 1, 1_000 + n);
    await runs(2, 2, 5_000);
    expect(await exposureOf(deps)).toMatchObject([
      {
        device: id(1),
        name: "lamp-1",
        first: 1_001,
        last: undefined,
        runsNow: true,
        versionNow: 1,
      },
      { device: id(2), name: "lamp-2", first: 1_002, last: 5_000, runsNow: false, versionNow: 2 },
      { device: id(3), name: undefined, inProduct: false, runsNow: false, versionNow: undefined },
    ]);
  });

  it.each([2, 3, 5, 100])("has each device once, in pages of %i rows", async (limit) => {
    const { add, runs, deps } = make();
    for (let n = 1; n <= 7; n += 1) {
      await add(n);
      await runs(n, 1, n);
      if (n % 2 === 1) await runs(n, 1, 100 + n, "eu-west-1");
    }
    const found = await exposureOf(deps, limit);
    expect(found.map(({ device }) => device)).toEqual([1, 2, 3, 4, 5, 6, 7].map(id));
    expect(found[0]).toMatchObject({ regions: ["eu-west-1", "us-east-1"], first: 1 });
  });

  it("is empty for a version that no device has reported", async () => {
    expect(await exposureOf(make().deps)).toEqual([]);
  });
});

describe("the rollout of a fix", () => {
  const images = new Map([1, 2, 3].map((version) => [version, "a".repeat(64)]));
  const rollout = async (deps: ReturnType<typeof make>["deps"], faulty = [1, 2], limit = 100) => {
    const found = [];
    let from: { version: number; after?: string | undefined } | undefined;
    do {
      const page = await readRollout(product, { version: 3, faulty, limit, from, images }, deps);
      found.push(...page.devices);
      from = page.next;
    } while (from !== undefined);
    return found;
  };

  it("has when each device got the fix, also after it had lost it", async () => {
    const { add, runs, deps } = make();
    for (const n of [1, 2, 3]) await add(n);
    await add(4, "another");
    for (const n of [1, 2, 3, 4]) await runs(n, 1, n);
    await runs(1, 3, 100);
    await runs(2, 3, 200);
    await runs(2, 1, 300);
    await runs(2, 4, 400);
    await runs(2, 5, 500);
    await runs(3, 2, 600);
    expect(await rollout(deps)).toMatchObject([
      { device: id(1), exposedVersion: 1, state: "fixed", fixedAt: 100, exposedLast: 100 },
      { device: id(2), exposedVersion: 1, state: "fixed", fixedAt: 400, versionNow: 5 },
      { device: id(3), exposedVersion: 1, state: "exposed", fixedAt: undefined, versionNow: 2 },
      { device: id(4), exposedVersion: 1, state: "left", fixedAt: undefined },
      { device: id(3), exposedVersion: 2, state: "exposed" },
    ]);
  });

  it("does not believe a device the version if its image is another one", async () => {
    const { add, runs, deps } = make();
    for (const n of [1, 2, 3]) {
      await add(n);
      await runs(n, 1, n);
    }
    await runs(1, 3, 100, "us-east-1", "b".repeat(64));
    await runs(2, 3, 100, "us-east-1", "b".repeat(64));
    await runs(2, 3, 200);
    // The images of some versions are not known.
    await runs(3, 4, 300, "us-east-1", "c".repeat(64));
    expect(await rollout(deps, [1])).toMatchObject([
      { device: id(1), state: "exposed", versionNow: 3, fixedAt: undefined },
      { device: id(2), state: "fixed", fixedAt: 200 },
      { device: id(3), state: "fixed", fixedAt: 300 },
    ]);
  });

  it("does not take a later version for a fix that has the fault again", async () => {
    const { add, runs, deps } = make();
    await add(1);
    await runs(1, 1, 1);
    await runs(1, 3, 2);
    await runs(1, 4, 3);
    expect(await rollout(deps, [1, 4])).toMatchObject([
      { exposedVersion: 1, state: "exposed" },
      { exposedVersion: 4, state: "exposed", exposedFirst: 3 },
    ]);
  });

  it.each([2, 3, 50])("has each device and version once, in pages of %i rows", async (limit) => {
    const { add, runs, deps } = make();
    for (let n = 1; n <= 6; n += 1) {
      await add(n);
      await runs(n, 1, n);
      await runs(n, 2, 10 + n);
    }
    const found = await rollout(deps, [1, 2], limit);
    expect(found.map(({ device, exposedVersion }) => `${exposedVersion} ${device}`)).toEqual(
      [1, 2].flatMap((version) => [1, 2, 3, 4, 5, 6].map((n) => `${version} ${id(n)}`)),
    );
  });
});

it("the history of a device has what it ran in this product, newest first", async () => {
  const { runs, deps } = make();
  await runs(1, 1, 1_000);
  await runs(1, 2, 2_000, "eu-west-1");
  const other = { device: id(1), product: 987_654_321, version: 9, region: "us-east-1", at: 3_000 };
  await deps.history.record(other, undefined);
  const list = { device: id(1), product: product.id };
  const all = await listFirmwareChanges({ ...list, limit: 10 }, deps);
  expect(all.changes.map(({ version, region }) => [version, region])).toEqual([
    [2, "eu-west-1"],
    [1, "us-east-1"],
  ]);
  expect(all.hasMore).toBe(false);
  const newest = await listFirmwareChanges({ ...list, limit: 1 }, deps);
  expect(newest).toMatchObject({ changes: [{ version: 2 }], hasMore: true });
});

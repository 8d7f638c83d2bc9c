import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import { readInput } from "#shared/input/readInput.ts";
import { pageInput } from "#shared/presence/devicePage.ts";
import { deviceOrderSeconds } from "#shared/presence/limits.ts";
import { listDevicePage } from "#shared/presence/list/listDevicePage.ts";
import type { Session } from "#shared/presence/session.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryDeviceOrders } from "../../../memory/presence/deviceOrders.ts";
import { createRandom } from "../../../simulation/random.ts";

const fleet = "f1";
const hex = (n: number): string => (n * 7_919).toString(16).padStart(24, "0");

const device = (n: number): Device => ({
  id: hex(n),
  fleet,
  // Some have no name, and some names differ only in their case.
  ...(n % 5 !== 0 && { name: `${n % 2 === 0 ? "Lamp" : "lamp"}-${n}` }),
  createdAt: new Date(1_700_000_000_000 + (n % 7) * 1_000).toISOString(),
});

const session = (n: number, more: Partial<Session> = {}): Session => ({
  device: hex(n),
  region: "us-east-1",
  connected: n % 2 === 0,
  since: 1_000 + (n % 11),
  at: 1_000 + (n % 11),
  hello: { firmware: String(n % 3), functions: [], variables: {} },
  helloAt: 1_000,
  revision: 1,
  ...more,
});

const world = (count: number) => {
  let time = 1_000_000;
  const rows = new Map<string, Session>();
  const all = Array.from({ length: count }, (_, n) => device(n));
  const devices = memoryDevices(all);
  const read = { devices: 0, sessions: 0 };
  // Device 3 has never been heard.
  for (let n = 0; n < count; n += 1) if (n !== 3) rows.set(`${hex(n)} us-east-1`, session(n));
  const deps = {
    devices: {
      ...devices,
      pageOfFleet: async (...given: Parameters<typeof devices.pageOfFleet>) => {
        const page = await devices.pageOfFleet(...given);
        read.devices += page.devices.length;
        return page;
      },
    },
    sessions: {
      list: async (wanted: readonly string[]) => {
        read.sessions += wanted.length;
        const set = new Set(wanted);
        return [...rows.values()].filter((one) => set.has(one.device));
      },
    },
    orders: memoryDeviceOrders(() => time),
    now: () => time,
    newId: randomUUID,
  };
  const pass = (ms: number): void => {
    time += ms;
  };
  return { ...deps, deps, rows, read, all, pass };
};

/** A page of the list that the fields of a request select. */
const list = (
  fields: Readonly<Record<string, unknown>>,
  deps: ReturnType<typeof world>["deps"],
) => {
  const { list: input } = readInput(pageInput, { limit: 100, ...fields });
  if (input === undefined) throw new Error("it is not a list with a cursor");
  return listDevicePage(fleet, input, deps);
};

/** The ids of all pages. `between` runs before each further page. */
const walk = async (
  fields: Readonly<Record<string, unknown>>,
  deps: ReturnType<typeof world>["deps"],
  between: () => Promise<void> | void = () => {},
): Promise<string[]> => {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await list({ ...fields, ...(cursor && { cursor }) }, deps);
    found.push(...page.states.map((state) => state.device.id));
    cursor = page.cursor;
    if (cursor === undefined) return found;
    await between();
  }
  throw new Error("the list does not end");
};

const sorts = ["name", "last_heard", "created"] as const;

describe("a list of devices with a cursor", () => {
  it.each(sorts.flatMap((sort) => (["asc", "desc"] as const).map((order) => ({ sort, order }))))(
    "has each device once, in order, for every page size: $sort $order",
    async ({ sort, order }) => {
      const { deps, all, rows } = world(53);
      const heard = (id: string): number => rows.get(`${id} us-east-1`)?.at ?? 0;
      const keyOf = ({ id, name, createdAt }: Device): string | number =>
        sort === "name" ? (name?.toLowerCase() ?? id) : sort === "created" ? createdAt : heard(id);
      for (const limit of [1, 2, 7, 52, 53, 54, 200]) {
        const ids = await walk({ sort, order, limit }, deps);
        expect(ids.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
        const keys = ids.map((id) => keyOf(all.find((one) => one.id === id) ?? device(0)));
        const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(keys).toEqual(order === "asc" ? sorted : sorted.toReversed());
      }
    },
  );

  it.each(sorts)(
    "by %s, has each device that stays once, while others come, go and are heard",
    async (sort) => {
      for (let seed = 1; seed <= 30; seed += 1) {
        const random = createRandom(seed);
        const under = (max: number): number => random.int(0, max - 1);
        const { deps, devices, all, rows } = world(40);
        const gone = new Set<string>();
        let added = 1_000;
        const ids = await walk({ sort, limit: 1 + under(9) }, deps, async () => {
          const victim = all[under(all.length)];
          if (victim !== undefined && random.bool(0.3) && !gone.has(victim.id)) {
            await devices.replace({ ...victim, fleet: "f2" }, victim);
            gone.add(victim.id);
          }
          if (random.bool(0.3)) {
            added += 1;
            await devices.add(device(added));
          }
          const heard = under(40);
          rows.set(`${hex(heard)} us-east-1`, session(heard, { at: 5_000 + under(1_000) }));
        });
        expect(new Set(ids).size, `seed ${seed}`).toBe(ids.length);
        const stayed = all.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
        expect(
          stayed.filter((id) => !ids.includes(id)),
          `seed ${seed}`,
        ).toEqual([]);
      }
    },
  );

  it("finds a part of the name or of the id, in capital or small letters", async () => {
    const { deps } = world(40);
    const found = await walk({ search: "LAMP-1", limit: 3 }, deps);
    expect(found.toSorted()).toEqual([1, 11, 12, 13, 14, 16, 17, 18, 19].map(hex).toSorted());
    expect(await walk({ search: hex(20).slice(-5).toUpperCase() }, deps)).toContain(hex(20));
    expect(await walk({ search: "no such device" }, deps)).toEqual([]);
  });

  it.each(sorts)("by %s, filters by connection and firmware", async (sort) => {
    const { deps } = world(40);
    const wanted = Array.from({ length: 40 }, (_, n) => n).filter((n) => n !== 3);
    const online = await walk({ sort, online: "true", limit: 3 }, deps);
    expect(online.toSorted()).toEqual(
      wanted
        .filter((n) => n % 2 === 0)
        .map(hex)
        .toSorted(),
    );
    const both = await walk({ sort, online: "false", firmware: "1", limit: 3 }, deps);
    expect(both.toSorted()).toEqual(
      wanted
        .filter((n) => n % 2 === 1 && n % 3 === 1)
        .map(hex)
        .toSorted(),
    );
  });

  it("shows a device as offline that has never been heard", async () => {
    const { deps } = world(5);
    const { states } = await list({ sort: "last_heard", order: "asc" }, deps);
    expect(states[0]).toMatchObject({ device: { id: hex(3) }, presence: { connected: false } });
  });

  it("reads as many devices as a page has, of a fleet of 10,000", async () => {
    const { deps, read } = world(10_000);
    await list({ limit: 200 }, deps);
    expect(read).toEqual({ devices: 201, sessions: 200 });
  });

  it("reads a bounded number of devices for a filter that matches few, and continues", async () => {
    const { deps, read, rows } = world(10_000);
    rows.set(`${hex(9_999)} us-east-1`, session(9_999, { hello: undefined, connected: true }));
    const first = await list({ search: "nothing" }, deps);
    expect(first.states).toEqual([]);
    expect(first.cursor).toBeDefined();
    expect(read.devices).toBe(5_000);
    read.devices = 0;
    const byState = await list({ firmware: "none", limit: 200 }, deps);
    expect(byState.cursor).toBeDefined();
    expect(read).toMatchObject({ devices: 1_000, sessions: 1_000 });
  });

  it("has no empty page after the last device", async () => {
    const { deps } = world(4);
    const { cursor } = await list({ limit: 2 }, deps);
    expect((await list({ limit: 2, cursor }, deps)).cursor).toBeUndefined();
  });

  it("stores no order for a list with one page", async () => {
    const { deps } = world(3);
    const orders = { ...deps.orders, put: () => Promise.reject(new Error("stored")) };
    const { cursor } = await list({ sort: "created", limit: 3 }, { ...deps, orders });
    expect(cursor).toBeUndefined();
  });

  it("refuses a cursor of another list, of an expired one, and a text that is none", async () => {
    const { deps, pass } = world(10);
    const byName = (await list({ limit: 2 }, deps)).cursor;
    const other = expect.stringMatching(/cursor: belongs to a list with other filters/);
    await expect(list({ limit: 2, cursor: byName, search: "x" }, deps)).rejects.toMatchObject({
      code: "invalid_request",
      message: other,
    });
    await expect(list({ limit: 2, cursor: byName, sort: "created" }, deps)).rejects.toMatchObject({
      code: "invalid_request",
      message: other,
    });
    for (const cursor of ["x", "W10", Buffer.from("[1,2]").toString("base64url")]) {
      const pending = list({ cursor }, deps);
      await expect(pending).rejects.toMatchObject({ code: "invalid_request" });
    }
    const { cursor } = await list({ limit: 2, sort: "created" }, deps);
    const elsewhere = readInput(pageInput, { limit: 2, sort: "created", cursor }).list;
    if (elsewhere === undefined) throw new Error("no list");
    await expect(listDevicePage("f2", elsewhere, deps)).rejects.toThrow(/expired/);
    pass(deviceOrderSeconds * 1_000);
    const late = list({ limit: 2, sort: "created", cursor }, deps);
    await expect(late).rejects.toThrow(/expired after 15 minutes/);
  });

  it.each(["page", "perPage", "per_page", "sortAttr", "sortDir"])(
    "cannot be combined with %s",
    (name) => {
      const value = { sortAttr: "deviceId", sortDir: "asc" }[name] ?? "1";
      expect(() => readInput(pageInput, { limit: 5, [name]: value })).toThrow(
        `${name}: cannot be combined with limit, cursor, search, sort, order`,
      );
      expect(readInput(pageInput, { [name]: value }).list).toBeUndefined();
    },
  );
});

import { describe, expect, it } from "vitest";
import { openTableClient, type Tables } from "#shared/aws/call/tables.ts";
import { packLines } from "#shared/aws/delivery/usageLines.ts";
import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { standardRetry } from "#shared/aws/platform/clients.ts";
import { usageRowLinesMax } from "#shared/ledger/usage/limits.ts";
import { type UsageCounts, zeroUsage } from "#shared/ledger/usage/usage.ts";
import { startDynamo } from "../../../contracts/emulators.ts";

const { newTable } = await startDynamo();
const db = openTableClient(standardRetry);

const start = Date.parse("2026-01-31T10:00:00Z");
const key = { level: "day", start, again: false } as const;
const day = { level: "day", from: start, to: start + 1 } as const;
const counts = (free: number): UsageCounts => ({ ...zeroUsage, free });

/** Counts the rows that queries return. */
const counting = (tables: Tables) => {
  const seen = { rows: 0 };
  const counted: Tables = {
    ...tables,
    async query(input) {
      const page = await tables.query(input);
      seen.rows += page.Count;
      return page;
    },
  };
  return { seen, counted };
};

/** Devices of a large fleet, and of two small ones that sort before and after it. */
const manyParts = 8;
const usage = new Map([
  ["p5", many("a", manyParts * usageRowLinesMax)],
  ["p9", many("b", 3)],
  ["p1", many("c", 2)],
]);

function many(prefix: string, number: number): Map<string, UsageCounts> {
  const names = Array.from({ length: number }, (_, i) => `${prefix}${String(i).padStart(9, "0")}`);
  // The order in which devices were counted is any.
  return new Map(names.reverse().map((name, i) => [name, counts(i + 1)]));
}

const deviceOf = (found: { devices: ReadonlyMap<string, UsageCounts> }[]) =>
  new Map(found.flatMap(({ devices }) => [...devices]));

describe("a period with many devices of other fleets", async () => {
  const table = await newTable("pk", "sk");
  const open = (tables: Tables) =>
    dynamoUsageRows(tables, { table, region: "us-east-1" }, () => start);
  await open(db).putDevices(key, 3, usage);

  it("is read for a small fleet without the parts of the others", async () => {
    for (const fleet of ["p1", "p9"]) {
      const { seen, counted } = counting(db);
      const found = await open(counted).devices({ fleet, shard: 3 }, day);
      expect(deviceOf(found)).toEqual(usage.get(fleet));
      expect(seen.rows, fleet).toBeLessThanOrEqual(3);
    }
  });

  it("is read for one device of a large fleet without the other devices", async () => {
    const { seen, counted } = counting(db);
    const [device = ""] = usage.get("p5")?.keys() ?? [];
    const found = await open(counted).devices({ fleet: "p5", shard: 3, device }, day);
    expect(deviceOf(found)).toEqual(new Map([[device, counts(1)]]));
    expect(seen.rows).toBeLessThanOrEqual(3);
  });

  it("is complete for the large fleet, and for the meter", async () => {
    expect(deviceOf(await open(db).devices({ fleet: "p5", shard: 3 }, day))).toEqual(
      usage.get("p5"),
    );
    expect(await open(db).ownDevices(day, 3)).toEqual(usage);
  });

  it("says that the period is stored, also to a fleet without devices in it", async () => {
    const found = await open(db).devices({ fleet: "p7", shard: 3 }, day);
    expect(new Set(found.map((one) => `${one.start} ${one.region}`))).toEqual(
      new Set([`${start} us-east-1`]),
    );
    expect(deviceOf(found).size).toBe(0);
  });
});

it("reads the parts of a period as earlier versions have stored them", async () => {
  const table = await newTable("pk", "sk");
  const rows = dynamoUsageRows(db, { table, region: "us-east-1" }, () => start);
  const lines = [[["p1", [["d1", [1]]]]], [["p1", [["d2", [2]]]]], [["p1", [["gone", [3]]]]]];
  for (const [part, some] of lines.entries()) {
    const Item = {
      pk: "usage#day#device#03",
      sk: `${String(start).padStart(15, "0")}#us-east-1#${part}`,
      data: await packLines(some),
      // The third part is left over from a period that had more devices.
      ...(part === 0 && { parts: 2 }),
      expiresAt: Math.ceil(start / 1_000) + 1_000,
    };
    await db.put({ TableName: table, Item });
  }
  const expected = new Map([
    ["d1", { ...zeroUsage, publishes: 1 }],
    ["d2", { ...zeroUsage, publishes: 2 }],
  ]);
  expect(deviceOf(await rows.devices({ fleet: "p1", shard: 3 }, day))).toEqual(expected);
  expect((await rows.ownDevices(day, 3)).get("p1")).toEqual(expected);
});

import { describe, expect, it } from "vitest";
import { globalTableNames } from "../../infra/constructs/globalTableNames.ts";
import { run } from "../../restore/run.ts";
import { tables } from "../../restore/tables.ts";
import { type Past, tablesWithPast } from "./support/tablesWithPast.ts";

const s = (text: string) => ({ S: text });
const row = (pk: string, sk: string, says = "then") => ({ pk: s(pk), sk: s(sk), says: s(says) });
const device = (id: string, says?: string) => row(`device#${id}`, "device", says);

const to = "2026-11-24T10:00:00Z";
const live = globalTableNames.devices;
const copy = "godwit-devices-restored-20261124T100000Z";
const noon = Date.parse("2026-11-24T12:00:00Z");

/** The command, on tables with a past, and a clock that advances only during waits. */
const start = async (past: Readonly<Record<string, Past>>) => {
  const dynamo = await tablesWithPast(past);
  const said: string[] = [];
  let now = noon;
  const clock = {
    now: () => now,
    async wait(ms: number) {
      now += ms;
    },
  };
  const restore = async (...args: string[]) => {
    const deps = { environment: {}, clock, say: (line: string) => void said.push(line) };
    return JSON.parse(await run([...args, "--state", dynamo.state], deps));
  };
  return { ...dynamo, said, restore, waited: () => now - noon };
};

const devicesOf = (rows: readonly ReturnType<typeof row>[]) => ({ [live]: { rows } });

describe("restoring", () => {
  it("restores missing rows and keeps rows that were written later", async () => {
    const { make, restore, rows, restores, said } = await start(
      devicesOf([device("lost"), device("changed"), device("same")]),
    );
    await make(live, [device("changed", "since"), device("same"), device("new", "since")]);
    const done = await restore("--to", to, "--tables", "devices");
    expect(await rows(live)).toEqual({
      "device#lost device": device("lost"),
      "device#changed device": device("changed", "since"),
      "device#same device": device("same"),
      "device#new device": device("new", "since"),
    });
    expect(done.tables).toEqual([
      {
        table: live,
        from: copy,
        rows: 3,
        leftOut: 0,
        missing: 1,
        differing: 1,
        equal: 1,
        missingKinds: { device: 1 },
        examples: ["device#lost device"],
        restored: 1,
      },
    ]);
    expect(restores).toEqual([
      {
        SourceTableName: live,
        TargetTableName: copy,
        RestoreDateTime: Date.parse(to) / 1_000,
        BillingModeOverride: "PAY_PER_REQUEST",
        GlobalSecondaryIndexOverride: [],
      },
    ]);
    expect(said).toContain(`${copy} is CREATING (0 min).`);
    expect(done.whenAllIsWell).toEqual([
      `aws dynamodb delete-table --region us-east-1 --table-name ${copy}`,
    ]);
    expect(Object.keys(await rows(copy))).toHaveLength(3);
  });

  it("overwrites different rows only with the option", async () => {
    const { make, restore, rows } = await start(devicesOf([device("lost"), device("changed")]));
    await make(live, [device("changed", "since"), device("new", "since")]);
    const done = await restore("--to", to, "--tables", "devices", "--overwrite");
    expect(done.tables[0].restored).toBe(2);
    expect(await rows(live)).toEqual({
      "device#lost device": device("lost"),
      "device#changed device": device("changed"),
      "device#new device": device("new", "since"),
    });
  });

  it("plans without a change, and the same command then uses the plan's copy of the table", async () => {
    const lost = Array.from({ length: 120 }, (_, i) => device(`d${i}`));
    const { make, restore, rows, restores } = await start(devicesOf(lost));
    await make(live, []);
    const args = ["--to", to, "--tables", "devices", "--rows-per-second", "10"];
    const plan = await restore(...args, "--plan");
    expect(plan).toMatchObject({ plan: true, tables: [{ missing: 120, restored: 0 }] });
    // 0.06 s to compare, 12 s to write.
    expect(plan.seconds).toBe(13);
    expect(await rows(live)).toEqual({});
    expect((await restore(...args)).tables[0].restored).toBe(120);
    expect(restores).toHaveLength(1);
    expect(Object.keys(await rows(live))).toHaveLength(120);
  });

  it("respects its write rate", async () => {
    const lost = Array.from({ length: 300 }, (_, i) => device(`d${i}`));
    const { make, restore, waited } = await start(devicesOf([]));
    await make(live, []);
    await make("mine", lost);
    await restore("--from", "mine", "--tables", "devices", "--rows-per-second", "10");
    // The first 25 go at once.
    expect(waited()).toBeGreaterThanOrEqual(27_500);
  });

  it("keeps a row that another client writes between comparison and write", async () => {
    const { make, restore, rows, put, before } = await start(devicesOf([device("lost")]));
    await make(live, []);
    before.hook = async (operation) => {
      if (operation === "PutItem") await put(live, device("lost", "since"));
    };
    const done = await restore("--to", to, "--tables", "devices");
    expect(done.tables[0]).toMatchObject({ missing: 1, restored: 0 });
    expect(await rows(live)).toEqual({ "device#lost device": device("lost", "since") });
  });

  it("continues after a crash, also during the copy of the table", async () => {
    const lost = Array.from({ length: 60 }, (_, i) => device(`d${i}`));
    const { make, restore, rows, before, restores } = await start(devicesOf(lost));
    await make(live, []);
    const args = ["--to", to, "--tables", "devices"];
    const dieAt = async (wanted: string, table: string, count: number) => {
      let seen = 0;
      before.hook = async (operation, name) => {
        if (operation === wanted && name === table) seen += 1;
        if (seen > count) throw new Error("gone");
      };
      await expect(restore(...args)).rejects.toThrow("AccessDenied");
      before.hook = async () => {};
    };
    // The first request finds no copy; the second finds the requested one.
    await dieAt("DescribeTable", copy, 1);
    expect(restores).toHaveLength(1);
    expect(await rows(live)).toEqual({});
    await dieAt("PutItem", live, 30);
    // Rows whose writes were in progress at the crash may be written or not; not all of them are.
    const { restored } = (await restore(...args)).tables[0];
    expect(restored).toBeGreaterThan(0);
    expect(restored).toBeLessThan(60);
    expect((await restore(...args)).tables[0]).toMatchObject({ equal: 60, restored: 0 });
    expect(restores).toHaveLength(1);
  });

  it("omits expired rows and temporary rows", async () => {
    const past = {
      [globalTableNames.ledger]: { rows: [] },
      [globalTableNames.audit]: { rows: [] },
      [globalTableNames.firmware]: {
        rows: [row("active", "1#r"), row("firmware#1", "0000000001")],
      },
      [globalTableNames.accounts]: { rows: [] },
      [globalTableNames.integrations]: {
        rows: [
          row("fleet#f", "integration#i"),
          row("fleet#f", "trouble#us-east-1#i"),
          row("fleet#f", "usagereached#us-east-1"),
          row("fleet#f", "listener#us-east-1"),
        ],
      },
      [globalTableNames.deadLetters]: {
        rows: [
          row("jobs#f", "job#us-east-1#j"),
          { ...row("integration#i", "1"), expiresAt: { N: String(noon / 1_000 - 1) } },
          { ...row("integration#i", "2"), expiresAt: { N: String(noon / 1_000 + 1_000) } },
        ],
      },
      [live]: { rows: [device("lost"), row("token#t", "x")] },
      [globalTableNames.operations]: {
        rows: [
          row("openpages#us-east-1", "p"),
          row("heartbeats#us-east-1", "x"),
          row("pages", "q"),
        ],
      },
      [globalTableNames.sessions]: { rows: [row("device#d", "us-east-1")] },
    };
    const { make, restore, rows, restores } = await start(past);
    for (const name of Object.values(globalTableNames)) await make(name, []);
    await restore("--to", to, "--skip", "token");
    expect(Object.keys(await rows(globalTableNames.integrations))).toEqual([
      "fleet#f integration#i",
    ]);
    expect(Object.keys(await rows(globalTableNames.deadLetters))).toEqual(["integration#i 2"]);
    expect(Object.keys(await rows(live))).toEqual(["device#lost device"]);
    expect(Object.keys(await rows(globalTableNames.operations))).toEqual(["pages q"]);
    expect(Object.keys(await rows(globalTableNames.firmware))).toEqual(["firmware#1 0000000001"]);
    expect(await rows(globalTableNames.sessions)).toEqual({});
    expect(restores.map((one) => one.SourceTableName)).not.toContain(globalTableNames.sessions);
    await restore("--to", to, "--tables", "sessions");
    expect(Object.keys(await rows(globalTableNames.sessions))).toEqual(["device#d us-east-1"]);
  });

  it("restores values of every type unchanged", async () => {
    const rich = {
      ...device("rich"),
      set: { SS: ["b", "a"] },
      big: { N: "12345678901234567890.123456789" },
      none: { NULL: true as const },
      bytes: { B: Uint8Array.from([1, 2, 255]) },
      deep: { M: { list: { L: [s("é 😀"), { BOOL: false }] } } },
    };
    const { make, restore, rows } = await start(devicesOf([rich]));
    await make(live, []);
    await restore("--to", to, "--tables", "devices");
    const [back] = Object.values(await rows(live));
    expect({ ...back, set: { SS: back?.set?.SS?.toSorted() } }).toEqual({
      ...rich,
      set: { SS: ["a", "b"] },
    });
    const again = await restore("--to", to, "--tables", "devices", "--plan");
    expect(again.tables[0]).toMatchObject({ equal: 1, differing: 0 });
  });
});

describe("an impossible restore", () => {
  it.each([
    ["before the window", "2026-10-01T00:00:00Z"],
    ["after the window", "2026-11-24T11:59:00Z"],
  ])("is refused for a time %s, without a change", async (_, time) => {
    const { make, restore, restores } = await start({
      ...devicesOf([]),
      [globalTableNames.accounts]: {},
    });
    await make(live, []);
    await make(globalTableNames.accounts, [], ["pk"]);
    await expect(restore("--to", time, "--tables", "devices")).rejects.toThrow(
      "can be restored to a time from 2026-11-01T00:00:00.000Z to 2026-11-24T11:55:00.000Z",
    );
    expect(restores).toEqual([]);
  });

  it("is refused when one of the tables has no point-in-time recovery", async () => {
    const { make, restore, restores } = await start({
      ...devicesOf([]),
      [globalTableNames.integrations]: { isOff: true },
    });
    await make(live, []);
    await make(globalTableNames.integrations, []);
    await expect(restore("--to", to, "--tables", "devices,integrations")).rejects.toThrow(
      "Point-in-time recovery of godwit-integrations is not enabled.",
    );
    expect(restores).toEqual([]);
  });

  it("names the missing table", async () => {
    const { make, restore } = await start(devicesOf([]));
    await expect(restore("--to", to, "--tables", "devices")).rejects.toThrow(
      "There is no table godwit-devices in us-east-1.",
    );
    await make(live, []);
    await expect(restore("--from", "none", "--tables", "devices")).rejects.toThrow(
      "There is no table none in us-east-1.",
    );
  });

  it("is refused for a table with another key", async () => {
    const { make, restore } = await start(devicesOf([]));
    await make(live, []);
    await make("other", [], ["pk"]);
    await expect(restore("--from", "other", "--tables", "devices")).rejects.toThrow("another key");
  });

  it.each([
    [["--tables", "devices"], "Give a time"],
    [["--to", "yesterday"], "must be a time like"],
    [["--to", "2026-11-24"], "must be a time like"],
    [["--to", to, "--tables", "x"], "There is no table 'x': there are accounts, devices"],
    [["--to", to, "--from", "x"], "not both"],
    [["--from", "x"], "needs --tables"],
    [["--from", "godwit-devices", "--tables", "devices"], "the live table itself"],
    [["--to", to, "--rows-per-second", "0"], "from 1 to 2000"],
    [["--to", to, "--rows-per-second", "9999"], "from 1 to 2000"],
    [["--wipe"], "Unknown option '--wipe'"],
  ])("is refused with the arguments %j", async (args, reason) => {
    const { restore } = await start({});
    await expect(restore(...args)).rejects.toThrow(reason);
  });

  it("knows every global table", () => {
    expect(tables.map(({ table }) => table).toSorted()).toEqual(
      Object.values(globalTableNames).toSorted(),
    );
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Asked, fakeApi } from "../support/fakeApi.ts";
import { newFolder, runCommand } from "../support/runCommand.ts";

const ledger = (matched: number) => ({
  from: "2026-01-30T12:00:00Z",
  to: "2026-01-31T12:00:00Z",
  balanced: true,
  matched,
  delivered: matched,
  waiting: 0,
  dead: 0,
  discarded: 0,
  missing: 0,
  failed_attempts: 1,
  missing_deliveries: [],
  buckets: [],
});

describe("usage", () => {
  it("counts the deliveries of each integration, most first, and of all", async () => {
    const { api, asked } = await fakeApi({
      "GET /v1/integrations": {
        body: { integrations: ["one", "two", "gone"].map((id) => ({ id, name: id })) },
      },
      "GET /v1/integrations/one/ledger": { body: ledger(3) },
      "GET /v1/integrations/two/ledger": { body: ledger(5) },
    });
    const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
    const { stdout } = await runCommand(["usage", "--hours", "2"], { environment });
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ integration, deliveries }) => [integration, deliveries])).toEqual([
      ["two", 5],
      ["one", 3],
      [null, 8],
    ]);
    const { from, to } = asked[1]?.query ?? {};
    expect(Date.parse(to ?? "") - Date.parse(from ?? "")).toBe(7_200_000);
    expect((await runCommand(["usage", "--hours", "169"], { environment })).exit).toBe(2);
  });
});

describe("limits of usage", () => {
  it("are listed with the date at which each is reached, and with their notices", async () => {
    const limit = {
      ...{ id: "00aa", scope: "device", target: "d1", period: "day", limit: 10, action: "park" },
      ...{ name: null, used: 5, percent: 50, expected: 12, in_force: false },
      reached_at: "2026-01-31T12:00:00Z",
    };
    const details = { ...limit, kind: "threshold", percent: 50 };
    const notice = { id: "n1", attributes: { created_at: "2026-01-31T06:00:00Z", details } };
    const agreements = "/v1/products/7/service_agreements";
    const { api, asked } = await fakeApi({
      "GET /v1/products/7/usage/limits": { body: { limits: [limit] } },
      [`GET ${agreements}`]: { body: { data: [{ id: "f1" }] } },
      [`GET ${agreements}/f1/notifications`]: { body: { data: [notice] } },
    });
    const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
    const run = async (what: string) =>
      JSON.parse((await runCommand(["usage", what, "--product", "7"], { environment })).stdout);
    expect(await run("limits")).toEqual(limit);
    expect(await run("notices")).toEqual(notice);
    expect(asked).toHaveLength(3);
  });
});

describe("usage by time", () => {
  const series = (names: string[], ...points: number[][]) => ({
    body: { metric: "x", step: 86_400, names, points },
  });
  const answers = {
    "GET /v1/products/7/series": ({ query }: Asked) => {
      if (query.metric === "events") return series(["events"], [1_767_225_600, 50]);
      if (query.metric === "calls") return series(["ok", "failed"], [1_767_312_000, 5, 2]);
      return series(
        ["delivered", "matched", "failed", "later"],
        [1_767_225_600, 3, 4, 1, 9],
        [1_767_312_000, 0, 0, 0, 0],
      );
    },
  };
  const usage = async (...options: string[]) => {
    const { api, asked } = await fakeApi(answers);
    const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
    const args = ["usage", "--by", "day", "--hours", "1080", "--product", "7", ...options];
    const { stdout } = await runCommand(args, { environment });
    return {
      rows: stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
      asked,
    };
  };

  it("has one row for each step, with events, calls and deliveries by name", async () => {
    const { rows, asked } = await usage();
    expect(rows).toMatchObject([
      { at: "2026-01-01T00:00:00.000Z", events: 50, calls: 0, deliveries: 4, failed_attempts: 1 },
      { at: "2026-01-02T00:00:00.000Z", events: 0, calls: 7, failed_calls: 2, deliveries: 0 },
    ]);
    expect(asked.every(({ query }) => query.step === "86400")).toBe(true);
  });

  it("of one integration has its deliveries only", async () => {
    const { rows, asked } = await usage("--integration", "i");
    expect(rows[0]).toMatchObject({ delivered: 3, missing: 0 });
    expect(rows[0]).not.toHaveProperty("events");
    expect(asked.map(({ query }) => query.integration)).toEqual(["i"]);
  });

  it("needs a step for one integration", async () => {
    const environment = { GODWIT_TOKEN: "secret" };
    expect((await runCommand(["usage", "--integration", "i"], { environment })).exit).toBe(2);
  });
});

describe("usage of devices", () => {
  const counts = { operations: 9, publishes: 8, functions: 1, variables: 0, free_events: 2 };
  const reply = {
    devices: [{ device: "d1", ...counts, publish_operations: 8, deliveries: 8 }],
    kinds: [{ kind: "publish", count: 8, operations: 8 }],
    showback: { dollars: 0.0123, lines: [] },
    forecast: { month_ends: "2026-02-01T00:00:00.000Z", expected_operations: 77 },
  };

  it("is data operations by device and by kind, and what they cost", async () => {
    const { api, asked } = await fakeApi({ "GET /v1/usage": { body: reply } });
    const options = { environment: { GODWIT_API: api, GODWIT_TOKEN: "secret" } };
    const { stdout } = await runCommand(["usage", "--by", "device", "--hours", "720"], options);
    expect(JSON.parse(stdout)).toMatchObject({ device: "d1", operations: 9 });
    expect(asked[0]?.query).toMatchObject({ by: "device", limit: "1000" });
    const shown = await runCommand(["usage", "--by", "kind"], { ...options, isTerminal: true });
    expect(shown.stdout).toMatch(/publish +8 +8/);
    expect(shown.stderr).toContain("At the list prices of AWS: $0.0123.");
    expect(shown.stderr).toContain("Operations expected until 2026-02-01: 77.");
  });
});

describe("status", () => {
  const page = (indicator: string) => ({
    status: { indicator, description: "Partial Outage\u001b" },
    components: [{ name: "Events", status: "partial_outage" }],
    incidents: [{ name: "Broker", status: "identified" }],
  });

  it("says whether the region works, who is signed in, and what the status page says", async () => {
    const { api } = await fakeApi({
      "GET /v1/health": { body: { ok: true, region: "us-east-1" } },
      "GET /v1/user": { body: { username: "ada" } },
      "GET /status/api/v2/summary.json": { body: page("major") },
    });
    const options = { environment: { GODWIT_API: api, GODWIT_TOKEN: "secret" }, isTerminal: true };
    const done = await runCommand(["status"], options);
    expect(done.exit).toBe(1);
    expect(done.stdout).toMatch(
      /works \(region us-east-1\)\nuser +ada\nstatus +Partial Outage\\u\{1b\}\n +Events: partial outage\n +Broker \(identified\)/,
    );
  });

  it("works without a log-in and without a status page", async () => {
    const { api } = await fakeApi({ "GET /v1/health": { body: { ok: true, region: "r" } } });
    const done = await runCommand(["status", "--api", api], { isTerminal: true });
    expect(done.exit).toBe(0);
    expect(done.stdout).toContain("nobody: godwit login");
    expect(done.stdout).toContain("--page URL");
  });

  it("fails when the region does not work", async () => {
    const { api } = await fakeApi({
      "GET /v1/health": {
        status: 503,
        body: { error: "unavailable", error_description: "no response from broker" },
      },
    });
    const done = await runCommand(["status", "--api", api]);
    expect(done).toMatchObject({
      exit: 5,
      stdout: expect.stringContaining("no response from broker"),
    });
  });
});

describe("publish", () => {
  it("sends text, a file or standard input", async () => {
    const { api, asked } = await fakeApi({ "POST /v1/devices/events": { body: { ok: true } } });
    const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
    await runCommand(["publish", "temp", "21"], { environment });
    await runCommand(["publish", "temp", "--file", "-"], { environment, typed: "from a pipe\n" });
    await runCommand(["publish", "temp"], { environment });
    expect(asked.map(({ body }) => body)).toEqual([
      { name: "temp", data: "21" },
      { name: "temp", data: "from a pipe\n" },
      { name: "temp", data: "" },
    ]);
    const both = await runCommand(["publish", "temp", "21", "--file", "-"], { environment });
    expect(both.exit).toBe(2);
  });

  it("reads a file up to a bound, and sends no bytes that are not text", async () => {
    const { api, asked } = await fakeApi({});
    const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
    const send = (file: string) => runCommand(["publish", "temp", "--file", file], { environment });
    // A device has no end.
    expect(await send("/dev/zero")).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("/dev/zero is larger than"),
    });
    expect(await send(newFolder())).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("cannot be read"),
    });
    const file = join(newFolder(), "bytes");
    await writeFile(file, Buffer.from([0x61, 0xff, 0xc3, 0x28]));
    expect(await send(file)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("is not text in UTF-8"),
    });
    expect(asked).toEqual([]);
  });
});

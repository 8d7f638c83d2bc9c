import { describe, expect, it } from "vitest";
import { zeroUsage } from "#shared/ledger/usage/usage.ts";
import {
  findUsageReport,
  reportState,
  requestUsageReport,
} from "#shared/ledger/usage/usageReport.ts";
import { Csv } from "../../../functions/edge/http/csv.ts";
import {
  createReport,
  serviceAgreement,
  showReport,
} from "../../../functions/edge/usageReports.ts";
import { memoryUsageRows } from "../../memory/delivery/usage.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const now = Date.parse("2026-01-31T12:00:00Z");
const from = Date.parse("2026-01-01T00:00:00Z");

describe("a usage report", () => {
  it("is in its id, and only its fleet can read it", () => {
    const made = requestUsageReport("f1", { from, to: now, devices: ["d1"] }, now);
    expect(findUsageReport("f1", made.id)).toEqual(made);
    expect(() => findUsageReport("f2", made.id)).toThrow("no such usage report");
    expect(() => findUsageReport("f1", "garbage")).toThrow("no such usage report");
  });

  it("is pending until its last minutes are counted, and expires after a week", () => {
    const made = requestUsageReport("f1", { from, to: now + day, devices: [] }, now);
    expect(made.to).toBe(now);
    expect(reportState(made, now)).toBe("pending");
    expect(reportState(made, now + 2 * minute)).toBe("available");
    expect(reportState(made, now + 7 * day)).toBe("expired");
    const past = requestUsageReport("f1", { from, to: now - day, devices: [] }, now);
    expect(reportState(past, now)).toBe("available");
  });

  it("is refused for an empty period, and for days that are no longer kept", () => {
    const request = (begin: number, end: number) =>
      requestUsageReport("f1", { from: begin, to: end, devices: [] }, now);
    expect(() => request(now, from)).toThrow("date_period_start");
    expect(() => request(now + day, now + 2 * day)).toThrow("in the past");
    expect(() => request(now - 500 * day, now)).toThrow("are kept");
  });
});

describe("usage with Particle's paths", () => {
  const owner = { fleet: "f1", username: "ada@example.com" };
  const world = async () => {
    const usage = memoryUsageRows();
    const counts = { ...zeroUsage, publishes: 2, publishOperations: 2_048, functions: 1 };
    const key = { level: "day", start: now - (now % day) - day, again: false } as const;
    for (let shard = 0; shard < 1; shard += 1) {
      await usage.putDevices(key, shard, new Map([["f1", new Map([["d1", counts]])]]));
    }
    await usage.putFleets(key, new Map([["f1", { counts, top: [] }]]));
    return { usage, regions: ["us-east-1"], now: () => now };
  };

  it("is an agreement of this month", async () => {
    const { attributes } = await serviceAgreement(owner, await world());
    expect(attributes.current_usage_summary.connectivity.all).toEqual({
      device_messages: 2_049,
      device_data: 2_049 / 1_024,
    });
    expect(attributes.next_billing_period_start).toBe("2026-02-01T00:00:00.000Z");
  });

  it("is a report with a table that has a link as soon as it is available", async () => {
    const deps = { ...(await world()), api: "http://localhost" };
    const period = { date_period_start: from, date_period_end: now - 60 * minute };
    const asked = { agreement: "f1", devices: [], ...period };
    const made = createReport(owner, asked, { api: deps.api, now: deps.now });
    expect(made.attributes).toMatchObject({ state: "pending", download_url: null });
    const shown = await showReport(owner, { report: made.id, format: "json" }, deps);
    expect(shown).toMatchObject({
      data: {
        attributes: {
          state: "available",
          download_url: `http://localhost/v1/user/usage_reports/${made.id}?format=csv`,
        },
      },
    });
    const table = await showReport(owner, { report: made.id, format: "csv" }, deps);
    if (!(table instanceof Csv)) return expect.unreachable();
    expect(table.text).toContain("device,operations,");
    expect(table.text).toContain("d1,2049,2,2048,1,0,0,0");
    expect(() => createReport(owner, { ...asked, agreement: "f2" }, deps)).toThrow("no such");
    const later = { ...deps, now: () => now + 8 * day };
    await expect(showReport(owner, { report: made.id, format: "csv" }, later)).rejects.toThrow(
      "expired",
    );
  });
});

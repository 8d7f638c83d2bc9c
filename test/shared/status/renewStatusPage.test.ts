import { describe, expect, it, vi } from "vitest";
import type { MonitoredAlarm } from "#shared/status/recordsFromAlarms.ts";
import { type RenewDeps, renewStatusPage } from "#shared/status/renewStatusPage.ts";
import { memoryIncidentRecords } from "../../memory/status/incidentRecords.ts";
import { memoryStatusSite } from "../../memory/status/statusSite.ts";
import { anAlarm, anUpdate, minute, region, start } from "./support/samples.ts";

/** Status pages in two regions that share the table of incidents, with a clock. */
const deployment = () => {
  const records = memoryIncidentRecords();
  const clock = { now: start };
  const firing = new Map<string, readonly MonitoredAlarm[]>();
  const down = new Set<string>();
  const errors: string[] = [];
  const page = (given: Partial<RenewDeps> = {}) => {
    const site = memoryStatusSite();
    const deps: RenewDeps = {
      settings: {
        title: "Godwit",
        url: "https://status.example.com",
        supportUrl: undefined,
        subscribeUrl: undefined,
        otherUrls: [],
        regions: [region, "us-east-1"],
      },
      alarms: {
        async active(asked) {
          if (down.has(asked)) throw new Error("CloudWatch does not respond");
          return firing.get(asked) ?? [];
        },
      },
      records: {
        ...records,
        async list(since) {
          if (down.has("table")) throw new Error("the table does not respond");
          return records.list(since);
        },
      },
      site,
      drills: [],
      now: () => clock.now,
      onError: (what) => void errors.push(what),
      ...given,
    };
    return {
      site,
      renew: (at: number) => {
        clock.now = start + at * minute;
        return renewStatusPage(deps);
      },
      json: (path: string) => JSON.parse(site.files.get(`api/v2/${path}.json`)?.body ?? "null"),
      html: () => site.files.get("index.html")?.body ?? "",
    };
  };
  return { records, firing, down, errors, page };
};

interface Listed {
  readonly id: string;
  readonly incident_updates: readonly { readonly id: string }[];
}

const indicator = ({ json }: ReturnType<ReturnType<typeof deployment>["page"]>): string =>
  json("status").status.indicator;

describe("the status page", () => {
  it("shows a firing alarm, and is green again when it has ended", async () => {
    const { firing, page, records } = deployment();
    const one = page();
    await one.renew(0);
    expect(indicator(one)).toBe("none");
    firing.set(region, [anAlarm("A", { since: 1 })]);
    const { shown } = await one.renew(1.5);
    expect(shown).toEqual([{ incident: expect.any(String), delayMs: 30_000 }]);
    expect(indicator(one)).toBe("major");
    expect(one.html()).toContain("Partial outage of Events (eu-west-1)");
    expect(await records.list(start)).toHaveLength(1);
    firing.clear();
    await one.renew(3);
    expect(indicator(one)).toBe("none");
    await one.renew(8);
    expect(one.json("incidents").incidents[0].status).toBe("resolved");
    expect((await one.renew(9)).shown).toEqual([]);
  });

  it("of two regions agree on one incident, with its first appearance", async () => {
    const { firing, page } = deployment();
    const [one, other] = [page(), page()];
    firing.set(region, [anAlarm("A")]);
    await one.renew(0.5);
    await other.renew(0.9);
    await one.renew(2);
    const idsOf = ({ json }: typeof one) =>
      json("incidents").incidents.map(({ id, incident_updates }: Listed) => [
        id,
        incident_updates.map((update) => update.id),
      ]);
    expect(idsOf(other)).toEqual(idsOf(one));
    expect(idsOf(one)).toHaveLength(1);
    expect(other.html()).toContain("after 30 seconds");
  });

  it("writes only what has changed, the first page last, and everything once an hour", async () => {
    const { firing, page } = deployment();
    const one = page();
    const all = (await one.renew(0)).filesWritten;
    expect(all).toBe(one.site.files.size);
    expect((await one.renew(1)).filesWritten).toBe(1);
    firing.set(region, [anAlarm("A", { since: 1 })]);
    await one.renew(2);
    const written = [...one.site.files.keys()];
    expect(written.slice(-2)).toEqual(["api/v2/summary.json", "index.html"]);
    const page1 = written.findIndex((path) => path.startsWith("incidents/"));
    expect(page1).toBeLessThan(written.indexOf("history.html"));
    expect((await one.renew(61)).filesWritten).toBe(all + 1);
  });

  it("leaves the former first page if a file cannot be written, and repairs it later", async () => {
    const { firing, page } = deployment();
    const broken = memoryStatusSite();
    const put = broken.putFile;
    const one = page({ site: broken });
    await one.renew(0);
    firing.set(region, [anAlarm("A")]);
    broken.putFile = async (file) => {
      if (file.path === "history.rss") throw new Error("the bucket does not respond");
      await put(file);
    };
    await expect(one.renew(1)).rejects.toThrow("the bucket does not respond");
    expect(broken.files.get("index.html")?.body).toContain("All systems operational");
    broken.putFile = put;
    await one.renew(2);
    expect(broken.files.get("index.html")?.body).toContain("Partial outage");
    expect(broken.files.get("history.rss")?.body).toContain("Partial outage");
  });

  it("goes on with the last known incidents while their table does not respond", async () => {
    const { firing, down, errors, page, records } = deployment();
    const one = page();
    firing.set(region, [anAlarm("A")]);
    await one.renew(1);
    const [incident] = one.json("incidents").incidents;
    await records.put(anUpdate(incident.id, 2, { body: "We are on it." }));
    await one.renew(3);
    down.add("table");
    firing.set(region, [
      anAlarm("A"),
      anAlarm("B", { since: 200, components: ["calls"], severity: "error" }),
    ]);
    await one.renew(201);
    expect(errors).toEqual(["the incidents were not read"]);
    expect(one.html()).toContain("We are on it.");
    expect(one.html()).toContain("cannot be read since 2026-03-01 10:03 UTC");
    expect(one.json("incidents").incidents).toHaveLength(2);
    expect(await records.list(start)).toHaveLength(2);
    down.clear();
    await one.renew(202);
    expect(await records.list(start)).toHaveLength(3);
    expect(one.html()).not.toContain("cannot be read");
  });

  it("says that a region whose alarms cannot be read is unknown, and keeps its alarms", async () => {
    const { firing, down, page } = deployment();
    const one = page();
    firing.set(region, [anAlarm("A")]);
    await one.renew(1);
    down.add(region);
    await one.renew(2);
    expect(indicator(one)).toBe("major");
    await one.renew(3.1);
    expect(one.html()).toContain("The status of its components is unknown.");
    const statuses = one
      .json("components")
      .components.filter(({ name }: { name: string }) => name === `REST API (${region})`);
    expect(statuses[0].status).toBe("degraded_performance");
    down.clear();
    firing.clear();
    await one.renew(4);
    expect(indicator(one)).toBe("none");
  });

  it("keeps an incident that the table did not accept, and stores it later", async () => {
    const { firing, page, records } = deployment();
    const put = vi.fn(records.put).mockRejectedValueOnce(new Error("throttled"));
    const one = page({ records: { ...records, put } });
    firing.set(region, [anAlarm("A")]);
    await one.renew(1);
    expect(await records.list(start)).toEqual([]);
    await one.renew(2);
    const [stored] = await records.list(start);
    expect(stored).toMatchObject({ kind: "alarms", shownAt: start + minute });
  });
});

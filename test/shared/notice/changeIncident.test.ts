import { describe, expect, it } from "vitest";
import type * as z from "zod/mini";
import { readInput } from "#shared/input/readInput.ts";
import {
  mergeIncident,
  openIncident,
  updateIncident,
  writePostmortem,
} from "#shared/notice/incident/changeIncident.ts";
import { findIncident, listIncidents } from "#shared/notice/incident/findIncident.ts";
import {
  incidentInput,
  oneIncident,
  postmortemInput,
} from "#shared/notice/incident/incidentInput.ts";
import { hourMs, minuteMs } from "#shared/platform/durations.ts";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { Affected } from "#shared/status/incidentRecord.ts";
import { memoryIncidentLog } from "../../memory/notice/notices.ts";
import { stoppedClock } from "../../memory/samples.ts";
import { memoryIncidentRecords } from "../../memory/status/incidentRecords.ts";

const start = Date.UTC(2027, 0, 1);
const region = "us-east-1";
const by = { by: "ada" };

const outage: Affected = { component: "events", region, status: "partial_outage" };

const world = () => {
  const clock = stoppedClock(start);
  const records = memoryIncidentRecords();
  const log = memoryIncidentLog();
  const deps = { records, log, regions: [region, "eu-west-1"], now: clock.now };
  const later = (ms = minuteMs) => {
    clock.ms += ms;
  };
  const automatic = async () => {
    const incident = incidentIdOf(clock.ms, "alarm");
    await records.put({
      kind: "alarms",
      incident,
      region,
      detectedAt: clock.ms,
      shownAt: clock.ms,
      changes: [{ at: clock.ms, affected: [outage], isUnreadable: false }],
      alarms: [{ name: "Godwit-x", sentence: "It fails.", since: clock.ms }],
    });
    later();
    return incident;
  };
  const manual = async (affected: Affected[] = []) => {
    const places = affected.map(({ component, region: where }) => ({
      component,
      region: where,
      status: "degraded_performance" as const,
    }));
    const input = { name: "Slow", body: "We look.", status: "investigating" as const };
    const found = await openIncident({ ...input, affected: places }, by, deps);
    later();
    return found;
  };
  return { clock, deps, log, later, automatic, manual };
};

describe("an incident of a person", () => {
  it("has the components, the updates and the end that the person states", async () => {
    const { deps, later, manual } = world();
    const { incident } = await manual([outage]);
    expect(incident).toMatchObject({ name: "Slow", status: "investigating", impact: "minor" });
    const wider = [outage, { component: "api" as const, region, status: "major_outage" as const }];
    const affected = wider as { component: "api"; region: string; status: "major_outage" }[];
    await updateIncident({ incident: incident.id, body: "Worse.", affected }, by, deps);
    later();
    const done = { incident: incident.id, body: "Over.", status: "resolved" as const };
    expect((await updateIncident(done, by, deps)).incident).toMatchObject({
      status: "resolved",
      updates: [{ status: "investigating" }, { status: "investigating" }, { body: "Over." }],
    });
  });

  it("ends once: a second end would be a second message to every subscriber", async () => {
    const { deps, manual, later } = world();
    const { incident } = await manual([outage]);
    const update = async (change: object) => {
      later();
      return updateIncident({ incident: incident.id, body: "x", ...change }, by, deps);
    };
    await update({ status: "resolved" });
    await expect(update({ status: "resolved" })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("resolved already"),
    });
    expect((await update({})).incident.updates).toHaveLength(3);
    expect((await update({ status: "monitoring" })).incident.status).toBe("monitoring");
    expect((await update({ status: "resolved" })).incident.status).toBe("resolved");
  });

  it("is a general notice if it names no component", async () => {
    const { manual } = world();
    expect((await manual()).incident).toMatchObject({ affected: [], impact: "none" });
  });

  it("has a log of who changed what", async () => {
    const { deps, log, manual } = world();
    const { incident } = await manual();
    await updateIncident(
      { incident: incident.id, body: "x", status: "resolved" },
      { by: "bo" },
      deps,
    );
    expect(await log.list(incident.id)).toMatchObject([
      { by: "bo", action: "resolve", incident: incident.id, update: expect.any(String) },
      { by: "ada", action: "open", incident: incident.id },
    ]);
  });

  it("is not changed by a request that is based on an older version", async () => {
    const { deps, later, manual } = world();
    const { incident, version } = await manual();
    const first = await updateIncident({ incident: incident.id, body: "1", version }, by, deps);
    later();
    const second = { incident: incident.id, body: "2", version };
    await expect(updateIncident(second, by, deps)).rejects.toMatchObject({ code: "conflict" });
    const current = { ...second, version: first.version };
    expect((await updateIncident(current, by, deps)).incident.updates).toHaveLength(3);
  });

  it.each([
    [{ affected: [{ ...outage, region: "mars-1" }] }, "mars-1 is not a region"],
    [{ affected: [outage, outage] }, "twice"],
    [{ affected: [{ component: "events", region }] }, "needs a status"],
    [{ status: "completed" as const }, "an incident has"],
    [{ status: "postmortem" as const }, "request of its own"],
    [{ scheduled_for: start + hourMs }, "for a maintenance"],
  ])("refuses the update %j", async (change, says) => {
    const { deps, manual } = world();
    const { incident } = await manual();
    const input = { incident: incident.id, body: "x", ...change };
    await expect(updateIncident(input as never, by, deps)).rejects.toThrow(says);
  });

  it("has a postmortem after its end only", async () => {
    const { deps, later, manual } = world();
    const { incident } = await manual();
    const report = { incident: incident.id, postmortem: "# Why" };
    await expect(writePostmortem(report, by, deps)).rejects.toMatchObject({ code: "refused" });
    await updateIncident({ incident: incident.id, body: "x", status: "resolved" }, by, deps);
    later();
    await writePostmortem(report, by, deps);
    const found = await findIncident(incident.id, deps);
    expect(found.incident).toMatchObject({ status: "postmortem", postmortem: { body: "# Why" } });
  });
});

describe("the input of an operator", () => {
  const valid = { name: "Slow", body: "We look." };

  it.each([
    [incidentInput, { ...valid, name: "" }, "name: must not be empty"],
    [
      incidentInput,
      { ...valid, name: "a\nb" },
      "name: must be one line without control characters",
    ],
    [
      incidentInput,
      { ...valid, body: "a\u0000b" },
      "body: must be without control characters, except tabs and line ends",
    ],
    [
      postmortemInput,
      { incident: "3kxq1p0a9f2c", postmortem: "a\u0007b" },
      "postmortem: must be without control characters, except tabs and line ends",
    ],
    [oneIncident, { incident: "i1" }, "incident: must be the id of an incident, like 3kxq1p0a9f2c"],
  ])("is refused with what is allowed", (schema, input, message) => {
    expect(() => readInput<z.core.$ZodType>(schema, input)).toThrow(
      expect.objectContaining({ message }),
    );
  });

  it("needs a status of each component of an incident", async () => {
    const { deps } = world();
    const affected = [{ component: "events" as const, region }];
    await expect(openIncident({ ...valid, affected }, by, deps)).rejects.toThrow(
      "affected: each component needs a status: operational, degraded_performance",
    );
  });
});

describe("an incident whose alarm fires", () => {
  it("is not resolved, improved or lowered by a person", async () => {
    const { deps, automatic } = world();
    const incident = await automatic();
    const refused = { code: "refused", message: expect.stringContaining("Godwit-x") };
    const input = { incident, body: "x" };
    for (const change of [
      { status: "resolved" as const },
      { affected: [{ component: "events" as const, region, status: "operational" as const }] },
      {
        affected: [
          { component: "events" as const, region, status: "degraded_performance" as const },
        ],
      },
      { impact: "minor" as const },
    ]) {
      await expect(updateIncident({ ...input, ...change }, by, deps)).rejects.toMatchObject(
        refused,
      );
    }
    expect((await findIncident(incident, deps)).incident.status).toBe("investigating");
  });

  it("is widened and raised by a person", async () => {
    const { deps, automatic } = world();
    const incident = await automatic();
    const affected = [
      { component: "events" as const, region, status: "major_outage" as const },
      { component: "api" as const, region: "eu-west-1", status: "degraded_performance" as const },
    ];
    const input = { incident, body: "x", impact: "critical" as const, affected };
    expect((await updateIncident(input, by, deps)).incident).toMatchObject({
      impact: "critical",
      affected: [{ component: "api" }, { component: "events", status: "major_outage" }],
    });
  });

  it("is merged into another one, and counts there", async () => {
    const { deps, later, automatic, manual } = world();
    const from = await automatic();
    const { incident: into } = await manual();
    const merged = await mergeIncident({ incident: from, merged_into: into.id }, by, deps);
    expect(merged.incident).toMatchObject({ id: into.id, merged: [from], affected: [outage] });
    later();
    expect((await listIncidents(1, deps)).map(({ incident }) => incident.id)).toEqual([into.id]);
    await expect(findIncident(from, deps)).rejects.toThrow(`merged into ${into.id}`);
    const end = { incident: into.id, body: "x", status: "resolved" as const };
    await expect(updateIncident(end, by, deps)).rejects.toMatchObject({ code: "refused" });
    const self = { incident: into.id, merged_into: into.id };
    await expect(mergeIncident(self, by, deps)).rejects.toThrow("another incident");
  });
});

describe("a maintenance", () => {
  const planned = {
    name: "New disks",
    body: "We change disks.",
    scheduled_for: start + hourMs,
    scheduled_until: start + 2 * hourMs,
    affected: [{ component: "api" as const, region }],
  };

  it("begins and ends by itself", async () => {
    const { clock, deps } = world();
    const { incident } = await openIncident(planned, by, deps);
    const statusAt = async (ms: number) => {
      clock.ms = ms;
      return (await findIncident(incident.id, deps)).incident.status;
    };
    expect(incident).toMatchObject({ type: "maintenance", status: "scheduled" });
    expect(await statusAt(start + hourMs)).toBe("in_progress");
    expect(await statusAt(start + 2 * hourMs)).toBe("completed");
  });

  it("is moved and cancelled before it begins", async () => {
    const { deps, later } = world();
    const { incident } = await openIncident(planned, by, deps);
    later();
    const move = { scheduled_for: start + 3 * hourMs, scheduled_until: start + 4 * hourMs };
    const moved = await updateIncident(
      { incident: incident.id, body: "Later.", ...move },
      by,
      deps,
    );
    expect(moved.incident).toMatchObject({ scheduledFor: start + 3 * hourMs, status: "scheduled" });
    later();
    const end = { incident: incident.id, body: "Not today.", status: "completed" as const };
    expect((await updateIncident(end, by, deps)).incident.status).toBe("completed");
  });

  it.each([
    ["ends before it begins", { scheduled_until: start + hourMs }],
    ["is over", { scheduled_for: start - 2, scheduled_until: start - 1 }],
    ["has no end", { scheduled_until: undefined }],
  ])("that %s is refused", async (_, times) => {
    const { deps } = world();
    await expect(openIncident({ ...planned, ...times }, by, deps)).rejects.toThrow(
      "scheduled_until",
    );
  });
});

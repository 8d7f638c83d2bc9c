import { describe, expect, it } from "vitest";
import { badge } from "#shared/status/render/badge.ts";
import { markup } from "#shared/status/render/html.ts";
import { renderMarkdown } from "#shared/status/render/markdown.ts";
import { durationText } from "#shared/status/render/time.ts";
import { minute, region, start } from "./support/samples.ts";
import {
  aSnapshot,
  everything,
  hostile,
  plannedRecords,
  renderAll,
  worstRecords,
} from "./support/snapshots.ts";

const day = 1_440 * minute;

const filesOf = (...given: Parameters<typeof aSnapshot>): Map<string, string> =>
  new Map(renderAll(aSnapshot(...given)).map(({ path, body }) => [path, body]));

const json = (files: Map<string, string>, path: string) =>
  JSON.parse(files.get(`api/v2/${path}.json`) ?? "null");

describe("escaping", () => {
  it("replaces what HTML and XML do not allow, and keeps markup", () => {
    expect(markup`<a title="${hostile}">${markup`<b>`}${[1, "&"]}${undefined}</a>`.text).toBe(
      '<a title="&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\uFFFD\uFFFD\uFFFD"><b>1&amp;</a>',
    );
  });

  it("renders Markdown without its HTML, its scripts and its images", () => {
    const html = renderMarkdown(
      "# A\n<script>x</script> [a](javascript:x) [b](JAVASCRIPT&#58;x) ![c](https://e.example/i) [d](https://d.example)",
    ).text;
    expect(html).toContain("<h3>A</h3>");
    expect(html).not.toMatch(/<script|<img|href="j/i);
    expect(html).toContain('<a href="https://d.example" rel="nofollow noopener noreferrer">d</a>');
  });
});

it("has no characters that change the direction of later text, in Markdown either", () => {
  const html = renderMarkdown("a\u202Eb &#x202E; [c](https://e.example/\u2066) `\u202D`").text;
  expect(html).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
});

describe("the files of Statuspage's API", () => {
  const files = filesOf();

  it("have its fields in its order", () => {
    const summary = json(files, "summary");
    expect(Object.keys(summary)).toEqual([
      "page",
      "components",
      "incidents",
      "scheduled_maintenances",
      "status",
    ]);
    expect(Object.keys(summary.page)).toEqual(["id", "name", "url", "time_zone", "updated_at"]);
    expect(summary.components[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{12}$/),
      name: "Device connectivity",
      status: "operational",
      created_at: "2026-01-30T10:00:00.000Z",
      updated_at: "2026-01-30T10:00:00.000Z",
      position: 1,
      description: null,
      showcase: false,
      start_date: "2026-01-30",
      group_id: null,
      page_id: summary.page.id,
      group: false,
      only_show_if_degraded: false,
    });
    expect(Object.keys(summary.components[0]).join()).toBe(
      "id,name,status,created_at,updated_at,position,description,showcase,start_date,group_id,page_id,group,only_show_if_degraded",
    );
    const [incident] = summary.incidents;
    expect(Object.keys(incident)).toEqual([
      "id",
      "name",
      "status",
      "created_at",
      "updated_at",
      "monitoring_at",
      "resolved_at",
      "impact",
      "shortlink",
      "started_at",
      "page_id",
      "incident_updates",
      "components",
    ]);
    expect(incident).toMatchObject({ status: "identified", impact: "major", resolved_at: null });
    expect(incident.incident_updates[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{12}$/),
      status: "investigating",
      body: "Monitoring reports: partial outage of Events in eu-west-1.",
      incident_id: incident.id,
      created_at: "2026-03-01T10:00:00.000Z",
      updated_at: "2026-03-01T10:00:00.000Z",
      display_at: "2026-03-01T10:00:00.000Z",
      affected_components: [
        {
          code: summary.components[1].id,
          name: "Events",
          old_status: "operational",
          new_status: "partial_outage",
        },
      ],
      deliver_notifications: true,
      custom_tweet: null,
      tweet_id: null,
    });
    expect(incident.components).toEqual([summary.components[1]]);
    expect(summary.status).toEqual({ indicator: "major", description: "Partial System Outage" });
  });

  it("list incidents and maintenances by their state", () => {
    const ids = (path: string, list: string): string[] =>
      json(files, path)[list].map(({ status }: { status: string }) => status);
    expect(ids("incidents", "incidents")).toEqual(["identified", "postmortem"]);
    expect(ids("incidents/unresolved", "incidents")).toEqual(["identified"]);
    expect(ids("scheduled-maintenances", "scheduled_maintenances")).toEqual(["scheduled"]);
    expect(ids("scheduled-maintenances/upcoming", "scheduled_maintenances")).toHaveLength(1);
    expect(ids("scheduled-maintenances/active", "scheduled_maintenances")).toEqual([]);
    const [maintenance] = json(files, "scheduled-maintenances").scheduled_maintenances;
    expect(maintenance).toMatchObject({
      impact: "maintenance",
      scheduled_for: "2026-03-02T10:00:00.000Z",
      scheduled_until: "2026-03-02T11:00:00.000Z",
    });
    const during = filesOf(plannedRecords, { now: start + day + minute });
    expect(json(during, "scheduled-maintenances/active").scheduled_maintenances).toHaveLength(1);
    expect(json(during, "status").status.indicator).toBe("maintenance");
  });

  it("group the regions of a component; its ids do not depend on their number", () => {
    const regions = [region, "us-east-1"];
    const { components } = json(filesOf(everything, { regions }), "components");
    expect(components).toHaveLength(21);
    const [group, ...members] = components.slice(3, 6);
    expect(group).toMatchObject({ name: "Events", group: true, status: "partial_outage" });
    expect(group.components).toEqual(members.map(({ id }: { id: string }) => id));
    expect(members.map(({ name }: { name: string }) => name)).toEqual([
      "Events (eu-west-1)",
      "Events (us-east-1)",
    ]);
    expect(members[0].id).toBe(json(files, "components").components[1].id);
  });
});

describe("the files of the site", () => {
  it("come after the files that they link to, the first page last", () => {
    const files = [...filesOf().keys()];
    expect(files.at(-1)).toBe("index.html");
    expect(files.slice(0, 3).every((path) => path.startsWith("incidents/"))).toBe(true);
  });

  it("link every incident of the history, a page at a time", () => {
    const files = filesOf(worstRecords([region]));
    const pages = [...files].filter(
      ([path]) => path.startsWith("history") && path.endsWith("html"),
    );
    const linked = pages.flatMap(([, body]) => [...body.matchAll(/href="(incidents[^"]+)"/g)]);
    const incidents = [...files.keys()].filter((path) => path.startsWith("incidents/"));
    expect(linked.map(([, path]) => path).sort()).toEqual(incidents.sort());
    expect(pages.at(-1)?.[0]).toBe("history.html");
    expect(pages.at(-1)?.[1]).toContain('href="history-2.html"');
  });

  it("shorten long updates in lists, and link the entire ones", () => {
    const page = filesOf(worstRecords([region])).get("index.html") ?? "";
    expect(page).toContain("All 5 updates");
    expect(
      Math.max(...[...page.matchAll(/class="words">([^<]*)/g)].map(([text]) => text.length)),
    ).toBeLessThan(1_500);
  });

  it("do not change from minute to minute without an event, except the first page", () => {
    const [before, after] = [filesOf(), filesOf(everything, { now: start + 11 * minute })];
    const changed = [...after].filter(([path, body]) => before.get(path) !== body);
    expect(changed.map(([path]) => path)).toEqual(["index.html"]);
  });

  it("show a merged incident under its former address", () => {
    const [first] = aSnapshot(everything).incidents;
    const snapshot = aSnapshot([]);
    const files = renderAll({
      ...snapshot,
      incidents: [{ ...first!, merged: ["abcdefghijkl"] }],
    });
    const [one, other] = files;
    expect(other).toEqual({ ...one, path: "incidents/abcdefghijkl.html" });
  });

  it("have a form for subscriptions, which may only be sent to the API", () => {
    const page = filesOf().get("index.html") ?? "";
    expect(page).toContain('action="https://api.example.com/v1/status/subscriptions"');
    expect(page).toContain("form-action https://api.example.com");
    const without = filesOf(everything, { subscribeUrl: undefined }).get("index.html") ?? "";
    expect(without).not.toContain("<form");
    expect(without).toContain("form-action &#39;none&#39;");
  });

  it("state what could not be read", () => {
    const files = filesOf([], { problems: ["The list of incidents is from 10:00."] });
    expect(files.get("index.html")).toContain("The list of incidents is from 10:00.");
  });

  it("have feeds with absolute links and dates of their formats", () => {
    const files = filesOf();
    const atom = files.get("history.atom") ?? "";
    expect(atom.match(/<entry>/g)).toHaveLength(3);
    expect(atom).toMatch(/<updated>2026-03-01T10:05:00.000Z<\/updated>/);
    expect(atom).toContain('<link rel="self" type="application/atom+xml"');
    const rss = files.get("history.rss") ?? "";
    expect(rss).toContain("<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>");
    expect(rss).toMatch(/<guid isPermaLink="true">https:\/\/status\.example\.com\/incidents\/\w+/);
    for (const feed of [atom, rss]) expect(feed).not.toContain("<script");
  });
});

it("writes durations for people", () => {
  expect([0, 1_000, 59_600, 61_000, 3_600_000, 7_500_000, 90_000_000].map(durationText)).toEqual([
    "0 seconds",
    "1 second",
    "1 minute",
    "1 minute",
    "1 hour",
    "2 hours 5 minutes",
    "1 day 1 hour",
  ]);
});

it("draws a badge for every status", () => {
  expect(badge("<Events>", "major_outage")).toContain("&lt;Events&gt;: Major outage");
});

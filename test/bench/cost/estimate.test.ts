import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { estimate, type Fleet, usageWrites } from "../../../bench/cost/estimate/estimate.ts";
import { type IdleResources, idleResources } from "../../../bench/cost/estimate/idleResources.ts";
import { costHelp, parseCostOptions } from "../../../bench/cost/estimate/options.ts";
import { textOfEstimate } from "../../../bench/cost/estimate/report.ts";
import { readAssembly } from "../../../preflight/assembly.ts";
import { app, ofType, templateOf } from "../../infra/synthesized.ts";

const made = app({ regions: "us-east-1" });
const idle = idleResources(await readAssembly(made.synth().directory));

const parsed = (...args: string[]) => {
  const options = parseCostOptions(args);
  if (options === "help") throw new Error("no options");
  return options;
};

/** A million devices, an event every ten minutes, five events a batch, targets answer in 100 ms. */
const usual = parsed();

const nothing: IdleResources = {
  alarmMetrics: 0,
  compositeAlarms: 0,
  keys: 0,
  mappings: 0,
  scheduledPerMinute: 0,
  healthChecks: 0,
  canaries: 0,
  watchers: 0,
  statusPages: 0,
  regions: 1,
};

const total = (changes: Partial<Fleet> = {}, resources = idle): number =>
  estimate({ ...usual, ...changes }, resources).dollarsPerMonth;

const dollarsOf = (what: string, changes: Partial<Fleet> = {}): number =>
  estimate({ ...usual, ...changes }, idle)
    .lines.filter((line) => line.what.startsWith(what))
    .reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);

describe("the bill of a million devices", () => {
  it("contains the floor: connections, a rule and its action", () => {
    expect(dollarsOf("connections")).toBeCloseTo(3_456);
    expect(dollarsOf("rule: ")).toBeCloseTo(648 + 648);
  });

  it("is the sum of its lines, and the shares are the whole", () => {
    const { lines, dollarsPerMonth } = estimate(usual, idle);
    const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
    expect(sum(lines.map((line) => line.dollarsPerMonth))).toBeCloseTo(dollarsPerMonth);
    expect(sum(lines.map(({ share }) => share))).toBeCloseTo(1);
    for (const line of lines) {
      expect(line.quantity * line.unitDollars).toBeCloseTo(line.dollarsPerMonth, 6);
    }
  });

  it("rises by $288 for each 100 ms of full batches until targets answer, and twice that with five events", () => {
    const rise = (batch: number) =>
      total({ batch, targetMs: 200 }) - total({ batch, targetMs: 100 });
    expect(rise(10)).toBeCloseTo(288, 0);
    expect(rise(5)).toBeCloseTo(576, 0);
  });

  it("has the updates of the firmware, and next to nothing for a hello without one", () => {
    expect(dollarsOf("updates: ")).toBe(0);
    // At most a read unit of a table for each of 30 million hellos.
    expect(dollarsOf("hellos: ")).toBeLessThan(4);
    const quarterly = dollarsOf("updates: ", { updatesPerYear: 4 });
    const images = dollarsOf("updates: images", { updatesPerYear: 4 });
    // 329,000 updates a month, of 512 kB each.
    expect(images).toBeGreaterThan(10);
    expect(images).toBeLessThan(16);
    expect(quarterly - images).toBeLessThan(60);
    const larger = { updatesPerYear: 4, imageBytes: 4_000_000 };
    expect(dollarsOf("updates: images", larger)).toBeGreaterThan(7 * images);
  });

  it("rises when batches are less full", () => {
    expect(total({ batch: 1 })).toBeGreaterThan(total({ batch: 5 }));
    expect(total({ batch: 5 })).toBeGreaterThan(total({ batch: 10 }));
  });

  it("adds messages for live events, and messages and rules for responses with a body", () => {
    // 4,320 million messages: 1,000 at $1, the others at $0.80.
    expect(total({ live: true }) - total()).toBeCloseTo(3_656, 0);
    expect(total({ responseBody: true }) - total()).toBeCloseTo(3_656 + 648, 0);
  });

  it("counts a message for each 5 KB, and a request for each 64 KB", () => {
    expect(dollarsOf("rule: events", { payloadBytes: 5_121 })).toBeCloseTo(2 * 648);
    expect(dollarsOf("events: send", { payloadBytes: 100_000 })).toBeCloseTo(2 * 1_728);
  });

  it("grows with the regions only by what costs when idle and by replicated writes", () => {
    const two = { ...idle, ...doubled(idle), regions: 2 };
    const more = total({}, two) - total();
    expect(more).toBeGreaterThan(estimate({ ...usual, devices: 0 }, idle).dollarsPerMonth);
    expect(more).toBeLessThan(3 * estimate({ ...usual, devices: 0 }, idle).dollarsPerMonth);
  });
});

const doubled = ({ regions: _, ...resources }: IdleResources) =>
  Object.fromEntries(Object.entries(resources).map(([name, value]) => [name, 2 * value]));

describe("a deployment without devices", () => {
  it("costs what the templates contain: alarms, keys, mappings and schedules", () => {
    const region = templateOf(made, "Godwit-Region-us-east-1");
    const alarms = ofType(region, "AWS::CloudWatch::Alarm").length;
    expect(idle.alarmMetrics).toBeGreaterThanOrEqual(alarms);
    expect(idle.keys).toBe(ofType(region, "AWS::KMS::Key").length);
    expect(idle.mappings).toBe(ofType(region, "AWS::Lambda::EventSourceMapping").length);
    const schedules = ["Region", "Operations"]
      .flatMap((stack) =>
        ofType(templateOf(made, `Godwit-${stack}-us-east-1`), "AWS::Events::Rule"),
      )
      .filter(([, { Properties }]) => Properties.ScheduleExpression === "rate(1 minute)");
    expect(idle.scheduledPerMinute).toBe(schedules.length);
    expect([idle.canaries, idle.watchers, idle.statusPages]).toEqual([1, 1, 1]);
    const { dollarsPerMonth, idleDollarsPerMonth } = estimate(
      { ...usual, devices: 0, changesPerDay: 0 },
      idle,
    );
    expect(dollarsPerMonth).toBeCloseTo(idleDollarsPerMonth);
    expect(dollarsPerMonth).toBeGreaterThan(idle.alarmMetrics * 0.1 + idle.keys);
  });

  it("polls each queue with five receives every 20 s, which are billed", () => {
    const { lines } = estimate({ ...usual, devices: 0 }, { ...nothing, mappings: 1 });
    const receives = lines.find(({ what }) => what === "idle: empty receives");
    expect(receives?.quantity).toBe(648_000);
    expect(receives?.dollarsPerMonth).toBeCloseTo(0.26, 2);
  });

  it("includes the reads of alarms: a watcher those of one region, a status page of all", () => {
    const reads = (resources: Partial<IdleResources>) =>
      estimate({ ...usual, devices: 0 }, { ...nothing, ...resources }).lines.find(
        ({ what }) => what === "idle: reads of alarms",
      )?.quantity;
    expect(reads({ watchers: 1, statusPages: 1, regions: 1 })).toBe(4 * 43_200);
    expect(reads({ watchers: 2, statusPages: 2, regions: 2 })).toBe(12 * 43_200);
  });

  it("counts the metrics of an alarm, and three for a short period", () => {
    const stat = { MetricStat: {} };
    const alarm = (Properties: object) => ({
      name: "S",
      region: "us-east-1",
      resources: { A: { Type: "AWS::CloudWatch::Alarm", Properties: { ...Properties } } },
      bootstrapMin: 0,
      bootstrapParameter: "",
    });
    const metrics = (properties: object) => idleResources([alarm(properties)]).alarmMetrics;
    expect(metrics({ Period: 300 })).toBe(1);
    expect(metrics({ Period: 10 })).toBe(3);
    expect(metrics({ Metrics: [stat, stat, { Expression: "m1 + m2" }] })).toBe(2);
  });

  it("counts no metric of slices without a problem, and the metric of each function", () => {
    const queries = (Expression: string) =>
      idleResources([
        {
          name: "S",
          region: "us-east-1",
          resources: {
            A: {
              Type: "AWS::CloudWatch::Alarm",
              Properties: { Metrics: [{ Expression, Period: 300 }] },
            },
            F: { Type: "AWS::Lambda::Function", Properties: {} },
            G: { Type: "AWS::Lambda::Function", Properties: {} },
          },
          bootstrapMin: 0,
          bootstrapParameter: "",
        },
      ]).alarmMetrics;
    expect(queries('SELECT MAX(M) FROM SCHEMA("Godwit", fleet, service) GROUP BY fleet')).toBe(0);
    expect(
      queries('SELECT SUM(E) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName'),
    ).toBe(2);
    expect(queries('SELECT SUM("RuleNotFound") FROM "AWS/IoT"')).toBe(1);
  });
});

describe("README and docs/performance.md", () => {
  const readme = readFileSync("README.md", "utf8");
  const performance = readFileSync("docs/performance.md", "utf8");
  const stated = (text: string, pattern: RegExp): number =>
    Number(pattern.exec(text)?.[1]?.replaceAll(",", ""));
  /** Templates change; a statement is right while it differs by less than this part. */
  const close = (one: number, other: number) => Math.abs(one / other - 1) < 0.05;

  it.each([
    ["README.md", readme],
    ["docs/performance.md", performance],
  ])("%s names the total that npm run cost prints, and the cost without devices", (_, text) => {
    const { dollarsPerMonth, idleDollarsPerMonth } = estimate(usual, idle);
    const total = stated(text, /million devices[^|]*\|[^|]*\$([\d,]+) a month/);
    expect(total, `estimated: ${dollarsPerMonth}`).toSatisfy((one) => close(one, dollarsPerMonth));
    const withoutDevices = stated(text, /without devices[^|]*\|[^|]*\$([\d,]+) a month/);
    expect(withoutDevices, `estimated: ${idleDollarsPerMonth}`).toSatisfy((one) =>
      close(one, idleDollarsPerMonth),
    );
  });
});

describe("usage", () => {
  const perEvent = (devices: number, intervalSeconds: number): number =>
    usageWrites({ devices, intervalSeconds }) / ((devices / intervalSeconds) * 30 * 86_400);

  it("costs at most a tenth of a write for an event", () => {
    expect(perEvent(1_000_000, 600)).toBeLessThan(0.06);
    expect(perEvent(10_000_000, 600)).toBeLessThan(0.06);
    expect(perEvent(1_000, 10)).toBeLessThan(0.1);
    expect(perEvent(50, 1)).toBeLessThan(0.1);
  });

  it("costs less than a dollar a month for a small deployment", () => {
    expect(usageWrites({ devices: 100, intervalSeconds: 600 }) * 0.625e-6).toBeLessThan(1);
  });
});

it("contains the audit log: two rows in each region, and two reads", () => {
  const changes = { changesPerDay: 1_000_000 };
  expect(dollarsOf("audit log", changes)).toBeGreaterThan(dollarsOf("audit log") * 900);
  expect(dollarsOf("audit log: writes", changes)).toBeCloseTo(3 * 30 * 0.625, 1);
  expect(dollarsOf("audit log", { changesPerDay: 0 })).toBe(0);
});

describe("the command line", () => {
  it("has the defaults of README", () => {
    expect(usual).toEqual({
      devices: 1_000_000,
      intervalSeconds: 600,
      regions: 1,
      targetMs: 100,
      batch: 5,
      payloadBytes: 218,
      size: undefined,
      live: false,
      responseBody: false,
      changesPerDay: 1_000,
      connectsPerDay: 1,
      updatesPerYear: 0,
      imageBytes: 512_000,
      json: false,
    });
  });

  it.each([
    [["--device", "5"], "Did you mean '--devices'?"],
    [["--batch", "11"], "--batch must be a whole number from 1 to 10, not '11'"],
    [["--target-ms", "-1"], "target-ms"],
    [["--interval", "0"], "--interval must be a whole number from 1"],
    [["--size", "standart"], "Did you mean 'standard'?"],
    [["more"], "Unexpected argument 'more'"],
  ])("refuses %j", (args, message) => {
    expect(() => parseCostOptions(args)).toThrow(message);
  });

  it("describes itself", () => {
    expect(parseCostOptions(["--help"])).toBe("help");
    expect(costHelp).toContain("--target-ms N");
  });

  it("prints each line, the total, and whether the size carries the events", () => {
    const text = textOfEstimate(estimate(usual, idle), usual, "starter");
    expect(text).toMatch(
      /connections +connectionMinutes +43,200,000,000 +0\.0800 per million +3,456\.00/,
    );
    expect(text).toContain("The size starter runs 2 batches of deliver at the same time");
    expect(text).toContain("The size starter carries 50 events per second");
    expect(textOfEstimate(estimate(usual, idle), usual, "standard")).not.toContain("The size");
    const three = { ...usual, devices: 3_000_000 };
    expect(textOfEstimate(estimate(three, idle), three, "standard")).toContain(
      "The size standard carries 1,700 events per second",
    );
  });
});

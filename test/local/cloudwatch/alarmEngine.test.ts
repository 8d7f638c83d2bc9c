import { describe, expect, it, vi } from "vitest";
import { compositeAlarm, metricAlarm } from "../../../local/cloudwatch/alarm/definition.ts";
import type { AlarmState } from "../../../local/cloudwatch/alarm/evaluate.ts";
import { compositeAlarmInput, metricAlarmInput } from "../../../local/cloudwatch/alarm/input.ts";
import { AlarmEngine } from "../../../local/cloudwatch/alarmEngine.ts";
import { openMetricStore } from "../../../local/cloudwatch/metric/metricStore.ts";
import { muteRule, muteRuleInput } from "../../../local/cloudwatch/mute/muteRule.ts";

const minuteMs = 60_000;
const begin = Date.parse("2026-03-01T00:00:00Z");

/** An engine whose time a test moves. Nothing takes longer than its calculation. */
const engineAt = (start = begin) => {
  let now = start;
  const store = openMetricStore(() => now);
  const onError = vi.fn();
  const engine = new AlarmEngine({ store, quotaOf: () => 1_000, onError });
  const place = () => ({ region: "us-east-1", account: "0", now });
  const put = (name: string, properties: object) => {
    const input = metricAlarmInput.parse({
      Namespace: "App",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      ...properties,
    });
    const alarm = metricAlarm(input, { ...place(), name }, () => 1_000);
    engine.put(alarm, now);
    return alarm;
  };
  return {
    engine,
    store,
    onError,
    now: () => now,
    put,
    putComposite(name: string, properties: object) {
      engine.put(compositeAlarm(compositeAlarmInput.parse(properties), { ...place(), name }), now);
    },
    mute(Expression: string, Duration: string, AlarmNames: string[]) {
      const input = muteRuleInput.parse({
        Rule: { Schedule: { Expression, Duration } },
        MuteTargets: { AlarmNames },
      });
      engine.putMuteRule(muteRule(input, { ...place(), name: "Mute" }));
    },
    /** Puts a value, then evaluates the minute. */
    minute(value?: number, dimensions: Record<string, string> = {}) {
      if (value !== undefined) {
        store.put({ namespace: "App", name: "Errors", dimensions, value, time: now });
      }
      now += minuteMs;
      engine.evaluate(now, now);
    },
    minutes(count: number) {
      for (let i = 0; i < count; i += 1) this.minute();
    },
    /** Moves the time by seconds, and ends what ends. */
    seconds(seconds: number) {
      now += seconds * 1_000;
      engine.settle(now);
    },
    state: (name: string) => engine.find(name)?.status.state,
    set(name: string, state: AlarmState) {
      engine.setState(name, { state, reason: { text: "a test" } }, now);
    },
    /** The states for which actions were performed since the last call. */
    actions: () =>
      engine
        .takeNotices()
        .filter(({ hasActions }) => hasActions)
        .map(({ alarm, current, contributor }) =>
          [alarm.name, ...Object.values(contributor?.attributes ?? {}), current.value].join(" "),
        ),
  };
};

describe("a metric alarm", () => {
  it("starts in INSUFFICIENT_DATA, and is evaluated every minute over a sliding window", () => {
    const test = engineAt();
    test.put("A", { Period: 300, Threshold: 10, TreatMissingData: "notBreaching" });
    test.engine.start(test.now());
    expect(test.state("A")).toBe("INSUFFICIENT_DATA");
    // "At the end of minute 6, the alarm is evaluated based on the data from minutes 2 to 6."
    for (const value of [4, 0, 0, 0, 5]) test.minute(value);
    expect(test.state("A")).toBe("OK");
    test.minute(6);
    expect(test.state("A")).toBe("ALARM");
    expect(test.actions()).toEqual(["A OK", "A ALARM"]);
  });

  it.each([
    ["several times by old data", undefined, 3],
    ["once if missing data is 0", "FILL(count, 0)", 1],
  ])("on several minutes starts %s", (_, expression, starts) => {
    const test = engineAt();
    const metric = { Namespace: "App", MetricName: "Errors" };
    const filled = {
      Namespace: undefined,
      MetricName: undefined,
      Statistic: undefined,
      Period: undefined,
      Metrics: [
        { Id: "filled", Expression: expression },
        {
          Id: "count",
          MetricStat: { Metric: metric, Period: 300, Stat: "Sum" },
          ReturnData: false,
        },
      ],
    };
    test.put("A", {
      Period: 300,
      TreatMissingData: "notBreaching",
      ...(expression !== undefined && filled),
    });
    test.engine.start(test.now());
    for (const value of [0, 0, 0, 0, 5, 0, 0]) test.minute(value);
    test.minutes(20);
    expect(test.actions().filter((action) => action === "A ALARM")).toHaveLength(starts);
    expect(test.state("A")).toBe("OK");
  });

  it("performs actions only when its state changes", () => {
    const test = engineAt();
    test.put("A", {});
    test.engine.start(test.now());
    for (const value of [1, 2, 3, 0, 0, 4]) test.minute(value);
    expect(test.actions()).toEqual(["A ALARM", "A OK", "A ALARM"]);
  });

  it("keeps its state, if it evaluates a metric of DynamoDB without data", () => {
    const test = engineAt();
    test.put("A", { Namespace: "AWS/DynamoDB", TreatMissingData: "notBreaching" });
    test.engine.start(test.now());
    test.minutes(5);
    expect(test.state("A")).toBe("INSUFFICIENT_DATA");
    test.set("A", "ALARM");
    test.minutes(10);
    expect(test.state("A")).toBe("ALARM");
  });

  it("reacts one evaluation range after its data ends", () => {
    const test = engineAt();
    test.put("Dead", {
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
    test.engine.start(test.now());
    test.minute(1);
    expect(test.state("Dead")).toBe("OK");
    test.minutes(2);
    expect(test.state("Dead")).toBe("OK");
    test.minutes(1);
    expect(test.state("Dead")).toBe("ALARM");
  });

  it("is evaluated once an hour, on the data up to the hour, if its window is longer than a day", () => {
    const test = engineAt(begin + 2 * minuteMs);
    test.put("Job", {
      Period: 86_400,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      TreatMissingData: "notBreaching",
    });
    test.engine.start(test.now());
    test.minute(1);
    test.minutes(56);
    expect(test.state("Job")).toBe("INSUFFICIENT_DATA");
    test.minutes(1);
    expect(new Date(test.now()).toISOString()).toContain("T01:00");
    expect(test.state("Job")).toBe("ALARM");
    expect(test.actions()).toEqual(["Job ALARM"]);
  });

  it("ignores percentiles of too few samples, if it is configured so", () => {
    const p99 = { Statistic: undefined, ExtendedStatistic: "p99", Threshold: 5 };
    const test = engineAt();
    test.put("All", p99);
    test.put("Enough", { ...p99, EvaluateLowSampleCountPercentile: "ignore" });
    test.engine.start(test.now());
    test.minute(9);
    expect([test.state("All"), test.state("Enough")]).toEqual(["ALARM", "INSUFFICIENT_DATA"]);
    // "This setting would be used if there were fewer than 1000 samples for an alarm on a p99."
    test.store.put({
      namespace: "App",
      name: "Errors",
      dimensions: {},
      value: 9,
      count: 1_000,
      time: test.now(),
    });
    test.minute();
    expect(test.state("Enough")).toBe("ALARM");
  });

  it("warms up: until its time, or until its window has data", () => {
    const dead = { EvaluationPeriods: 2, TreatMissingData: "breaching" };
    const WarmUpPeriodDurationInMinutes = 10;
    const test = engineAt();
    test.put("Early", { ...dead, WarmUpConfiguration: { WarmUpPeriodDurationInMinutes } });
    test.put("Strict", {
      ...dead,
      WarmUpConfiguration: {
        WarmUpPeriodDurationInMinutes,
        OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
      },
    });
    test.engine.start(test.now());
    test.minute(5);
    expect(test.state("Early")).toBe("INSUFFICIENT_DATA");
    test.minute(5);
    expect([test.state("Early"), test.state("Strict")]).toEqual(["ALARM", "INSUFFICIENT_DATA"]);
    test.minutes(8);
    expect(test.state("Strict")).toBe("ALARM");
  });

  it("waits for one window of data after a start, if it treats missing data as breaching", () => {
    const test = engineAt();
    test.put("Dead", {
      Period: 300,
      Threshold: 0,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
    test.engine.start(test.now());
    test.minutes(4);
    expect(test.state("Dead")).toBe("INSUFFICIENT_DATA");
    test.minutes(1);
    expect(test.state("Dead")).toBe("ALARM");
  });

  it("that cannot be evaluated states it, and reports it once", () => {
    const test = engineAt();
    const alarm = test.put("A", {});
    const broken = { ...alarm, watched: "missing" };
    const other = engineAt();
    other.engine.put(broken, other.now());
    other.engine.start(other.now());
    other.minutes(3);
    expect(other.onError).toHaveBeenCalledExactlyOnceWith(broken, expect.any(Error));
    expect(other.engine.find("A")?.status.error).toContain("missing");
  });
});

describe("an alarm on a grouped metric query", () => {
  const grouped = {
    Namespace: undefined,
    MetricName: undefined,
    Statistic: undefined,
    Period: undefined,
    TreatMissingData: "notBreaching",
    Metrics: [
      {
        Id: "q1",
        Expression: "SELECT SUM(Errors) FROM App GROUP BY Worker ORDER BY SUM() DESC",
        Period: 60,
      },
    ],
  };

  it("names the contributors in ALARM, and each change of one", () => {
    const test = engineAt();
    test.put("Workers", grouped);
    test.engine.start(test.now());
    const put = (Worker: string, value: number) =>
      test.store.put({
        namespace: "App",
        name: "Errors",
        dimensions: { Worker },
        value,
        time: test.now(),
      });
    for (let i = 0; i < 20; i += 1) put(`w${i}`, i === 7 ? 5 : 0);
    test.minute();
    const { status } = test.engine.find("Workers")!;
    expect(status.reason.text).toBe("1 out of 20 time series evaluated to ALARM");
    expect([...status.contributors.values()]).toMatchObject([
      {
        attributes: { Worker: "w7" },
        reason:
          "Threshold Crossed: 1 datapoint was greater than or equal to the threshold (1.0). The most recent datapoint which crossed the threshold: [5.0 (01/03/26 00:00:00)].",
      },
    ]);
    expect(test.actions()).toEqual(["Workers w7 ALARM", "Workers ALARM"]);
    for (const worker of ["w7", "w8"]) put(worker, 1);
    test.minute();
    expect(test.actions()).toEqual(["Workers w8 ALARM"]);
    for (let i = 0; i < 20; i += 1) put(`w${i}`, i === 8 ? 1 : 0);
    test.minute();
    expect(test.actions()).toEqual(["Workers w7 OK"]);
    for (let i = 0; i < 20; i += 1) put(`w${i}`, 0);
    test.minute();
    expect(test.actions()).toEqual(["Workers w8 OK", "Workers OK"]);
  });

  it.each<[string, AlarmState]>([
    ["missing", "INSUFFICIENT_DATA"],
    ["notBreaching", "OK"],
    ["ignore", "ALARM"],
    ["breaching", "ALARM"],
  ])("without any time series, treats missing data as %s", (TreatMissingData, state) => {
    const test = engineAt();
    test.put("Workers", { ...grouped, TreatMissingData });
    test.engine.start(test.now());
    test.minute(5, { Worker: "a" });
    expect(test.state("Workers")).toBe("ALARM");
    test.minutes(4);
    expect(test.state("Workers")).toBe(state);
    expect(test.engine.find("Workers")?.status.contributors.size).toBe(0);
  });

  it("keeps at most 100 contributors in ALARM", () => {
    const test = engineAt();
    test.put("Workers", grouped);
    test.engine.start(test.now());
    for (let i = 0; i < 150; i += 1) {
      test.store.put({
        namespace: "App",
        name: "Errors",
        dimensions: { Worker: `w${i}` },
        value: 2,
        time: test.now(),
      });
    }
    test.minute();
    const { status } = test.engine.find("Workers")!;
    expect(status.contributors.size).toBe(100);
    expect(status.reason.text).toBe("100+ time series evaluated to ALARM");
  });
});

describe("a composite alarm", () => {
  it("starts in INSUFFICIENT_DATA, then follows its rule", () => {
    const test = engineAt();
    test.put("A", { TreatMissingData: "notBreaching" });
    test.put("B", { MetricName: "Other", TreatMissingData: "notBreaching" });
    test.putComposite("Outer", { AlarmRule: 'ALARM("Inner")' });
    test.putComposite("Inner", { AlarmRule: "ALARM(A) OR ALARM(B)" });
    test.engine.start(test.now());
    expect(test.state("Outer")).toBe("INSUFFICIENT_DATA");
    test.minute(0);
    expect([test.state("Inner"), test.state("Outer")]).toEqual(["OK", "OK"]);
    expect(test.engine.find("Inner")?.status.reason.text).toBe(
      "arn:aws:cloudwatch:us-east-1:0:alarm:Inner was created and its alarm rule evaluates to OK",
    );
    test.minute(1);
    expect([test.state("Inner"), test.state("Outer")]).toEqual(["ALARM", "ALARM"]);
    expect(test.engine.find("Inner")?.status.reason.text).toBe(
      "arn:aws:cloudwatch:us-east-1:0:alarm:A transitioned to ALARM at Sunday 01 March, 2026 00:02:00 UTC",
    );
  });

  it("keeps a state that was set, until an alarm of its rule changes", () => {
    const test = engineAt();
    test.put("A", { TreatMissingData: "notBreaching" });
    test.putComposite("C", { AlarmRule: "ALARM(A)" });
    test.engine.start(test.now());
    test.minute(0);
    test.set("C", "ALARM");
    test.minute(0);
    expect(test.state("C")).toBe("ALARM");
    test.set("A", "INSUFFICIENT_DATA");
    expect(test.state("C")).toBe("OK");
  });

  it("is refused, if it refers to an alarm that does not exist, or to itself", () => {
    const missing = engineAt();
    missing.putComposite("C", { AlarmRule: "ALARM(none)" });
    expect(() => missing.engine.start(missing.now())).toThrow("C: there is no alarm none");
    const cycle = engineAt();
    cycle.putComposite("C", { AlarmRule: "ALARM(D)" });
    cycle.putComposite("D", { AlarmRule: "ALARM(C)" });
    expect(() => cycle.engine.start(cycle.now())).toThrow("form a cycle: C, D, C");
  });
});

/** The examples of AWS: `WaitPeriod` is 2 time units, `ExtensionPeriod` 3; a unit is 10 seconds. */
describe("a suppressed composite alarm: AWS's example", () => {
  const suppressed = (suppressor: AlarmState = "OK") => {
    const test = engineAt();
    test.put("Child", { TreatMissingData: "ignore" });
    test.put("Suppressor", { TreatMissingData: "ignore" });
    test.putComposite("C", {
      AlarmRule: "ALARM(Child)",
      ActionsSuppressor: "Suppressor",
      ActionsSuppressorWaitPeriod: 20,
      ActionsSuppressorExtensionPeriod: 30,
    });
    test.engine.start(test.now());
    test.set("Child", "OK");
    test.seconds(1_000);
    test.set("Suppressor", suppressor);
    test.seconds(1_000);
    test.actions();
    const ofComposite = () => test.actions().filter((each) => each.startsWith("C "));
    const phase = () => test.engine.find("C")?.status.suppression?.by;
    return { ...test, ofComposite, phase, unit: () => test.seconds(10) };
  };

  it("1: actions are not suppressed after WaitPeriod", () => {
    const test = suppressed();
    test.set("Child", "ALARM");
    expect(test.phase()).toBe("WaitPeriod");
    test.unit();
    expect(test.ofComposite()).toEqual([]);
    test.unit();
    expect(test.ofComposite()).toEqual(["C ALARM"]);
    expect(test.phase()).toBeUndefined();
  });

  it("2: actions are suppressed by the alarm before WaitPeriod expires", () => {
    const test = suppressed();
    test.set("Child", "ALARM");
    test.unit();
    test.set("Suppressor", "ALARM");
    for (let i = 0; i < 100; i += 1) test.unit();
    expect(test.ofComposite()).toEqual([]);
    expect(test.phase()).toBe("Alarm");
  });

  it("3: a state transition when actions are suppressed by WaitPeriod", () => {
    const test = suppressed();
    test.set("Child", "ALARM");
    test.unit();
    test.set("Child", "OK");
    test.unit();
    expect(test.ofComposite()).toEqual([]);
    test.unit();
    expect(test.ofComposite()).toEqual(["C OK"]);
  });

  it("4: a state transition when actions are suppressed by the alarm", () => {
    const test = suppressed("ALARM");
    test.set("Child", "ALARM");
    expect(test.phase()).toBe("Alarm");
    for (let i = 0; i < 100; i += 1) test.unit();
    expect(test.ofComposite()).toEqual([]);
  });

  it("5: actions are not suppressed after ExtensionPeriod", () => {
    const test = suppressed();
    test.set("Child", "ALARM");
    test.unit();
    test.set("Suppressor", "ALARM");
    for (let i = 0; i < 3; i += 1) test.unit();
    test.set("Suppressor", "OK");
    expect(test.phase()).toBe("ExtensionPeriod");
    test.unit();
    test.unit();
    expect(test.ofComposite()).toEqual([]);
    test.unit();
    expect(test.ofComposite()).toEqual(["C ALARM"]);
  });

  it("6: a state transition when actions are suppressed by ExtensionPeriod", () => {
    const test = suppressed();
    test.set("Child", "ALARM");
    test.unit();
    test.set("Suppressor", "ALARM");
    for (let i = 0; i < 3; i += 1) test.unit();
    test.set("Suppressor", "OK");
    test.unit();
    test.set("Child", "OK");
    expect(test.phase()).toBe("WaitPeriod");
    test.unit();
    expect(test.ofComposite()).toEqual([]);
    test.unit();
    expect(test.ofComposite()).toEqual(["C OK"]);
  });

  it("nothing is performed after ExtensionPeriod, if nothing was suppressed", () => {
    const test = suppressed("ALARM");
    test.unit();
    test.set("Suppressor", "OK");
    for (let i = 0; i < 10; i += 1) test.unit();
    expect(test.ofComposite()).toEqual([]);
  });
});

/** The scenarios of "How alarm mute rules work". */
describe("a muted alarm", () => {
  const muted = () => {
    const test = engineAt();
    test.put("A", { TreatMissingData: "notBreaching" });
    test.engine.start(test.now());
    test.minute(0);
    test.mute("at(2026-03-01T00:02)", "PT5M", ["A"]);
    test.actions();
    return test;
  };

  it("performs no actions, and none afterwards if it has ended before the window", () => {
    const test = muted();
    test.minute(0);
    test.minute(1);
    expect(test.state("A")).toBe("ALARM");
    test.minute(0);
    for (let i = 0; i < 10; i += 1) test.minute(0);
    expect(test.actions()).toEqual([]);
  });

  it("performs its action after the window, if it is still in ALARM", () => {
    const test = muted();
    test.minute(0);
    test.minute(1);
    for (let i = 0; i < 3; i += 1) test.minute(1);
    expect(test.actions()).toEqual([]);
    test.minute(1);
    expect(new Date(test.now()).toISOString()).toContain("T00:07");
    expect(test.actions()).toEqual(["A ALARM"]);
    test.minute(1);
    expect(test.actions()).toEqual([]);
  });

  it("sends its events with the mute rule", () => {
    const test = muted();
    test.minute(0);
    test.minute(1);
    expect(test.engine.takeNotices()).toMatchObject([
      {
        isEvent: true,
        hasActions: false,
        current: { value: "ALARM" },
        mute: { arn: "arn:aws:cloudwatch:us-east-1:0:alarm-mute-rule:Mute" },
      },
    ]);
  });

  it("is unmuted when its rule is deleted", () => {
    const test = muted();
    test.minute(0);
    test.minute(1);
    expect(test.actions()).toEqual([]);
    test.engine.deleteMuteRule("Mute", test.now());
    expect(test.actions()).toEqual(["A ALARM"]);
  });
});

import { describe, expect, it, vi } from "vitest";
import { newCounts } from "../../../../local/iot/counts.ts";
import {
  actionAttemptsMax,
  payloadBytesMax,
  unknownRulesMax,
  waitingBytesMax,
} from "../../../../local/iot/limits.ts";
import type { Action } from "../../../../local/iot/rule/action.ts";
import { openRuleMeters, type RuleMeters } from "../../../../local/iot/rule/ruleMeter.ts";
import { openRules, type Rule } from "../../../../local/iot/rule/rules.ts";
import { parseSql } from "../../../../local/iot/rule/sql.ts";
import { type DiskSpace, openDiskSpace } from "../../../../local/state/diskSpace.ts";
import { collected, sumsOf } from "../../support/collected.ts";
import { fullDisk } from "../../support/fullDisk.ts";

const message = { topic: "events/f/d/t", payload: Buffer.from("21.5"), clientId: "d" };

const action = (run: () => Promise<void> = async () => {}) => {
  const bodies: string[] = [];
  const made: Action = {
    name: "SqsAction",
    resource: "queue",
    async run(body) {
      bodies.push(body.toString());
      await run();
    },
  };
  return { ...made, bodies };
};

const broken = (text = "out of order") =>
  action(async () => {
    throw new Error(text);
  });

const open = (...added: Partial<Rule>[]) => openWith({}, added);

const openWith = (
  given: {
    space?: DiskSpace;
    admit?: () => Promise<void>;
    meters?: RuleMeters;
    halts?: () => number;
  },
  added: readonly Partial<Rule>[],
) => {
  const counts = newCounts();
  const log = vi.fn();
  const rules = openRules({ counts, log, ...given });
  for (const [i, rule] of added.entries()) {
    rules.add({ name: `r${i}`, query: parseSql("SELECT * FROM 'events/#'"), actions: [], ...rule });
  }
  return { rules, counts, log };
};

it("a device's message for a queue waits until it is admitted, and other messages do not", async () => {
  const admitted = Promise.withResolvers<void>();
  const [queue, table] = [{ ...action(), feedsQueue: true }, action()];
  const { rules } = openWith({ admit: () => admitted.promise }, [
    { actions: [queue] },
    { actions: [table], query: parseSql("SELECT * FROM 'replies/#'") },
  ]);
  const ofDevice = { ...message, clientId: "device" };
  const held = rules.run(ofDevice);
  await rules.run({ ...ofDevice, topic: "replies/1" });
  expect(table.bodies).toHaveLength(1);
  const { clientId: _, ...ofFunction } = ofDevice;
  await rules.run(ofFunction);
  expect(queue.bodies).toHaveLength(1);
  admitted.resolve();
  await held;
  expect(queue.bodies).toHaveLength(2);
});

it("a rule that is disabled runs for no message, also by Basic Ingest, until it is enabled", async () => {
  const [disabled, other] = [action(), action()];
  const { rules } = open({ actions: [disabled] }, { actions: [other] });
  rules.setEnabled("r0", false);
  expect([rules.isEnabled("r0"), rules.isEnabled("r1"), rules.isEnabled("r2")]).toEqual([
    ...[false, true, undefined],
  ]);
  await rules.run(message);
  await rules.run({ ...message, topic: "$aws/rules/r0/events/f/d/t" });
  expect([disabled.bodies.length, other.bodies.length]).toEqual([0, 1]);
  rules.setEnabled("r0", true);
  await rules.run(message);
  expect(disabled.bodies).toHaveLength(1);
});

describe("while the disk is full, the rules", () => {
  it("delay publishes, and run when there is space", async () => {
    const { space, free } = fullDisk();
    const target = action();
    const { rules } = openWith({ space }, [{ actions: [target] }]);
    const running = rules.run(message);
    await space.waitForSpace({ msMax: 100 });
    expect(target.bodies).toEqual([]);
    await free();
    await running;
    expect(target.bodies).toEqual(["21.5"]);
  });

  it("do not count an attempt that failed because the disk is full", async () => {
    let left = actionAttemptsMax + 1;
    let isFull = false;
    const failing = action(async () => {
      left -= 1;
      isFull = left > 0;
      if (isFull) throw new Error("the disk is full");
    });
    const { memory, retryWhileFull } = openDiskSpace();
    const space = {
      memory,
      retryWhileFull,
      get isFull() {
        return isFull;
      },
      waitForSpace: async () => {
        isFull = false;
      },
    };
    const { rules, log } = openWith({ space }, [{ actions: [failing] }]);
    await rules.run(message);
    expect(failing.bodies).toHaveLength(actionAttemptsMax + 1);
    expect(log).not.toHaveBeenCalled();
  });

  it("reject publishes when too many bytes wait", async () => {
    const { space, free } = fullDisk();
    const { rules } = openWith({ space }, [{ actions: [action()] }]);
    const large = { ...message, payload: Buffer.alloc(payloadBytesMax) };
    const held = Math.floor(waitingBytesMax / (payloadBytesMax + 1_024));
    const running = Array.from({ length: held }, () => rules.run(large));
    await expect(rules.run(large)).rejects.toThrow("too many messages wait");
    await free();
    await Promise.all(running);
    await rules.run(large);
  });
});

describe("the rules", () => {
  it("run every rule whose filter matches, and no other", async () => {
    const [first, second, other] = [action(), action(), action()];
    const { rules } = open(
      { actions: [first] },
      { actions: [second], query: parseSql("SELECT topic(4) AS t FROM 'events/+/+/+'") },
      { actions: [other], query: parseSql("SELECT * FROM 'acks/#'") },
    );
    await rules.run(message);
    expect(first.bodies).toEqual(["21.5"]);
    expect(second.bodies).toEqual(['{"t":"t"}']);
    expect(other.bodies).toEqual([]);
  });

  it("run only the named rule for basic ingest, with the topic after the prefix", async () => {
    const [named, other] = [action(), action()];
    const query = parseSql("SELECT topic() AS t, topic(1) AS first FROM 'elsewhere'");
    const { rules } = open({ actions: [other] }, { actions: [named], query });
    await rules.run({ ...message, topic: "$aws/rules/r1/events/f" });
    expect(named.bodies).toEqual(['{"t":"events/f","first":"events"}']);
    expect(other.bodies).toEqual([]);
  });

  it("log a basic ingest to a missing rule and continue", async () => {
    const { rules, log } = open();
    await rules.run({ ...message, topic: "$aws/rules/none/t" });
    const fields = { rule: "none", topic: "$aws/rules/none/t" };
    expect(log).toHaveBeenCalledWith("rule not found", fields, "warn");
  });

  it("retry an action", async () => {
    let failures = actionAttemptsMax - 1;
    const flaky = action(async () => {
      if (failures-- > 0) throw new Error("not yet");
    });
    const errorAction = action();
    const { rules } = open({ actions: [flaky], errorAction });
    await rules.run(message);
    expect(flaky.bodies).toHaveLength(actionAttemptsMax);
    expect(errorAction.bodies).toEqual([]);
  });

  it("run the error action once with all failures", async () => {
    const errorAction = action();
    const { rules } = open({ actions: [broken("one"), broken("two"), action()], errorAction });
    await rules.run(message);
    expect(errorAction.bodies.map((body) => JSON.parse(body))).toEqual([
      {
        ruleName: "r0",
        topic: "events/f/d/t",
        cloudwatchTraceId: expect.any(String),
        clientId: "d",
        base64OriginalPayload: "MjEuNQ==",
        failures: [
          { failedAction: "SqsAction", failedResource: "queue", errorMessage: "one" },
          { failedAction: "SqsAction", failedResource: "queue", errorMessage: "two" },
        ],
      },
    ]);
  });

  it("fail when the error action fails too", async () => {
    const { rules } = open({ actions: [broken()], errorAction: broken("also broken") });
    await expect(rules.run(message)).rejects.toThrow("also broken");
  });

  it("fail when an action fails and there is no error action", async () => {
    const { rules } = open({ actions: [broken()] });
    await expect(rules.run(message)).rejects.toThrow("out of order");
  });

  it("run the error action when an action times out", async () => {
    vi.useFakeTimers();
    try {
      const errorAction = action();
      const { rules } = open({ actions: [action(() => new Promise(() => {}))], errorAction });
      const running = rules.run(message);
      await vi.runAllTimersAsync();
      await running;
      expect(errorAction.bodies[0]).toContain("timed out");
    } finally {
      vi.useRealTimers();
    }
  });

  it("log a message that the SQL does not apply to, and run neither actions nor the error action", async () => {
    const [taken, errorAction] = [action(), action()];
    const query = parseSql("SELECT temperature FROM 'events/#'");
    const { rules, log } = open({ actions: [taken], errorAction, query });
    await rules.run(message);
    expect([...taken.bodies, ...errorAction.bodies]).toEqual([]);
    expect(log).toHaveBeenCalledWith(
      "rule does not apply",
      expect.objectContaining({ rule: "r0" }),
      "warn",
    );
  });

  it("run no actions for messages that WHERE rejects, and log nothing", async () => {
    const taken = action();
    const query = parseSql("SELECT * FROM 'events/#' WHERE topic(3) = 'other'");
    const { rules, log, counts } = open({ actions: [taken], query });
    await rules.run(message);
    expect(taken.bodies).toEqual([]);
    expect(log).not.toHaveBeenCalled();
    expect(counts).toMatchObject({ rulesTriggered: 1, ruleActions: 0 });
  });

  it("limit the rate of log lines that devices can cause", async () => {
    const query = parseSql("SELECT temperature FROM 'events/#'");
    const { rules, log } = open({ query });
    for (let i = 0; i < 100; i += 1) {
      await rules.run(message);
      await rules.run({ ...message, topic: `$aws/rules/none${i}/t` });
    }
    expect(log.mock.calls.map(([phrase]) => phrase)).toEqual([
      "rule does not apply",
      "rule not found",
    ]);
  });

  it("count billed messages by 5 KB of payload", async () => {
    const { rules, counts } = open({ actions: [action()] });
    await rules.run(message);
    await rules.run({ ...message, payload: Buffer.alloc(5_121) });
    expect(counts).toMatchObject({ rulesTriggered: 3, ruleActions: 3 });
  });
});

describe("the metrics of a rule", () => {
  const meteredWith = (...added: Partial<Rule>[]) => {
    const meters = openRuleMeters();
    const { rules } = openWith({ meters }, added);
    return { rules, meters };
  };

  it("count matches and actions, also those of the error action", async () => {
    const { rules, meters } = meteredWith(
      { actions: [action(), broken()], errorAction: action() },
      { query: parseSql("SELECT * FROM 'other/#'") },
    );
    await rules.run(message);

    const data = collected(meters);
    expect(sumsOf(data, { RuleName: "r0" })).toEqual({ TopicMatch: 1 });
    expect(sumsOf(data, { RuleName: "r0", ActionType: "Sqs" })).toEqual({
      Success: 1,
      Failure: 1,
      ErrorActionSuccess: 1,
    });
    expect(collected(meters)).toEqual([]);
  });

  it("do not count a message as lost whose broker ended meanwhile: its publisher repeats it", async () => {
    const meters = openRuleMeters();
    let halts = 0;
    const ending = action(async () => {
      halts += 1;
      throw new Error("the region has ended");
    });
    const { rules } = openWith({ meters, halts: () => halts }, [
      { actions: [ending], errorAction: broken() },
    ]);
    await expect(rules.run(message)).rejects.toThrow("out of order");
    expect(collected(meters).map(({ name }) => name)).toEqual(["TopicMatch"]);
  });

  it("count messages that are lost, cannot be parsed, or are for no rule", async () => {
    const { rules, meters } = meteredWith({ actions: [broken()], errorAction: broken() });
    await expect(rules.run(message)).rejects.toThrow();
    const fields = { query: parseSql("SELECT a FROM 'events/#'"), actions: [action()] };
    rules.add({ name: "fields", ...fields });
    await rules
      .run({ ...message, topic: "$aws/rules/fields/x", payload: Buffer.from("no JSON") })
      .catch(() => {});
    for (let i = 0; i < 150; i += 1) await rules.run({ ...message, topic: `$aws/rules/u${i}/x` });

    const data = collected(meters);
    const total = (wanted: string) =>
      data.filter(({ name }) => name === wanted).reduce((sum, { value }) => sum + value, 0);
    expect(total("ErrorActionFailure")).toBe(1);
    expect(sumsOf(data, { RuleName: "fields" })).toEqual({ TopicMatch: 1, ParseError: 1 });
    expect(total("RuleNotFound")).toBe(150);
    // A device chooses the names.
    expect(data.filter(({ name }) => name === "RuleNotFound")).toHaveLength(unknownRulesMax);
  });
});

import { readFileSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { slotLimits } from "#shared/platform/slotLimits.ts";
import { capacityOf } from "../../infra/capacity.ts";
import {
  defaultSize,
  newAccountExecutions,
  type SizeName,
  sizeOf,
  sizes,
} from "../../infra/sizes.ts";
import { sizeNames } from "../../local/start/options.ts";
import { app, context, ofType, only, regionOf, type Template } from "./synthesized.ts";

const withMail = { mailFrom: "godwit@example.com" };
const region: Readonly<Record<SizeName, Template>> = {
  starter: regionOf(app(withMail)),
  standard: regionOf(app({ ...withMail, size: "standard" })),
};

const reservedIn = (template: Template): Map<string, number> =>
  new Map(
    ofType(template, "AWS::Lambda::Function").flatMap(([id, { Properties }]) =>
      Properties.ReservedConcurrentExecutions === undefined
        ? []
        : [[id, Properties.ReservedConcurrentExecutions]],
    ),
  );

/** Maximum concurrent batches by the logical id of the function. */
const batchesIn = (template: Template): Map<string, number[]> => {
  const found = new Map<string, number[]>();
  for (const [, { Properties }] of ofType(template, "AWS::Lambda::EventSourceMapping")) {
    const { FunctionName, ScalingConfig } = Properties;
    const before = found.get(FunctionName.Ref) ?? [];
    found.set(FunctionName.Ref, [...before, ScalingConfig.MaximumConcurrency]);
  }
  return found;
};

const slotsIn = (template: Template) =>
  ofType(template, "AWS::Lambda::Function").flatMap(([, { Properties }]) => {
    const { SLOT_LIMITS } = Properties.Environment.Variables;
    return SLOT_LIMITS === undefined ? [] : [slotLimits.parse(JSON.parse(SLOT_LIMITS))];
  });

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);

describe("the size of a deployment", () => {
  it("is starter by default, also without the setting", () => {
    expect(defaultSize).toBe("starter");
    expect(context.size).toBe("starter");
    expect(sizeOf(new App())).toBe(sizes.starter);
  });

  it.each([["huge"], [""], [10]])(
    "is refused if it is unknown, with the known ones: %j",
    (size) => {
      expect(() => app({ size })).toThrow("takes starter or standard");
    },
  );

  it("can be any size on one machine", () => {
    expect(sizeNames.toSorted()).toEqual(Object.keys(sizes).toSorted());
  });
});

describe("the size starter works with the 10 concurrent executions of a new account:", () => {
  it("it reserves none of them", () => {
    expect(reservedIn(region.starter).size).toBe(0);
  });

  it("each queue has the fewest concurrent batches that Lambda accepts", () => {
    const batches = [...batchesIn(region.starter).values()].flat();
    expect(batches).toHaveLength(11);
    expect(new Set(batches)).toEqual(new Set([2]));
  });

  it("what waits for targets, devices and clients leaves an execution for the rest", () => {
    const deliver = [...batchesIn(region.starter)].filter(([id]) => id.includes("Pipelinedeliver"));
    const delivering = sum(deliver.flatMap(([, batches]) => batches));
    expect(delivering).toBe(4);
    const slots = slotsIn(region.starter);
    expect(slots).toHaveLength(5);
    for (const { calls, streams, tests } of slots) {
      const waiting = sum([calls, streams, tests].map(({ inRegion = Number.NaN }) => inRegion));
      expect(delivering + waiting).toBeLessThan(newAccountExecutions);
    }
  });
});

describe("the size standard", () => {
  it("reserves concurrency for functions that share nothing, and leaves 100 of 1,000 executions", () => {
    const { executionsMin } = sizes.standard;
    const reserved = sum(reservedIn(region.standard).values());
    expect(reserved + 100).toBe(executionsMin);
    expect(executionsMin).toBeLessThanOrEqual(1_000);
  });

  it("has as many concurrent batches as reserved executions of the function", () => {
    const reserved = reservedIn(region.standard);
    for (const [worker, batches] of batchesIn(region.standard)) {
      expect(sum(batches)).toBe(reserved.get(worker));
    }
  });

  it("lets a user hold a quarter of the executions for calls, streams and tests", () => {
    const reserved = new Map(
      ofType(region.standard, "AWS::Lambda::Function").map(([id, { Properties }]) => [
        Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
        reservedIn(region.standard).get(id) ?? Number.NaN,
      ]),
    );
    for (const { calls, streams, tests } of slotsIn(region.standard)) {
      expect(calls.perUser).toBeLessThanOrEqual((reserved.get("call") ?? 0) / 4);
      expect(streams.perUser).toBeLessThanOrEqual((reserved.get("stream") ?? 0) / 4);
      expect(tests.perUser).toBeLessThanOrEqual((reserved.get("previews") ?? 0) / 4);
    }
  });
});

it.each(["starter", "standard"] as const)(
  "the README and an output of the stack state the capacity of the size: %s",
  (size) => {
    const { eventsPerSecond, devices } = capacityOf(sizes[size]);
    const [events, fleet] = [eventsPerSecond, devices].map((number) =>
      number.toLocaleString("en-US"),
    );
    const row = readFileSync("README.md", "utf8")
      .split("\n")
      .find((line) => line.startsWith(`| \`${size}\``));
    expect(row).toContain(`| ${events} | ${fleet} |`);
    expect(region[size].Outputs.Size.Value).toMatch(`${size}: ${events} events per second`);
  },
);

it.each(["starter", "standard"] as const)("the API has the rate of its size: %s", (size) => {
  const [, stage] = only(region[size], "AWS::ApiGateway::Stage");
  const settings: { ResourcePath: string; ThrottlingRateLimit: number }[] =
    stage.Properties.MethodSettings;
  const all = settings.find(({ ResourcePath }) => ResourcePath === "/*");
  expect(all).toMatchObject({
    ThrottlingRateLimit: sizes[size].apiRate.perSecond,
    ThrottlingBurstLimit: sizes[size].apiRate.burst,
  });
});

import { expect, it } from "vitest";
import type { Deployment } from "#shared/paging/drift/deployment.ts";
import { openDriftCheck } from "#shared/paging/drift/driftCheck.ts";
import { driftMs, driftPartsMax, muteMs } from "#shared/paging/limits.ts";
import { a, start } from "../support/samples.ts";
import { aDeployment, alarmName } from "./samples.ts";

const checkWorld = () => {
  const world: { now: number; deployed: Deployment | Error; reads: number } = {
    now: start,
    deployed: aDeployment(),
    reads: 0,
  };
  const deployments = {
    async read() {
      world.reads += 1;
      if (world.deployed instanceof Error) throw world.deployed;
      return world.deployed;
    },
  };
  const newWorker = () =>
    openDriftCheck({ region: a, deployments, now: () => world.now, onError: () => {} });
  const check = newWorker();
  /** The check after an interval. */
  const next = async () => {
    world.now += driftMs;
    const [reading] = await check();
    return reading;
  };
  return { world, check, next, newWorker };
};

const drifted = aDeployment({ alarms: new Map() });

it("compares at the first run and then every interval", async () => {
  const { world, check } = checkWorld();
  expect(await check()).toMatchObject([{ signals: [] }]);
  world.now += driftMs - 1;
  expect(await check()).toEqual([]);
  world.now += 1;
  expect(await check()).toHaveLength(1);
  expect(world.reads).toBe(2);
});

it("a difference that two checks find is a problem, until a check does not find it", async () => {
  const { world, check, next } = checkWorld();
  world.deployed = drifted;
  expect(await check()).toMatchObject([{ signals: [], unknown: ["drift"] }]);
  expect((await next())?.signals).toMatchObject([
    {
      key: "drift",
      severity: "error",
      summary:
        "The alarms of us-east-1, or their actions, differ from the template: 1 differences.",
      slice: [`The alarm ${alarmName} is missing.`],
      since: start,
    },
  ]);
  world.deployed = aDeployment();
  expect(await next()).toMatchObject({ signals: [], unknown: [] });
});

it("a new worker does not end a page about what it finds", async () => {
  const { world, newWorker } = checkWorld();
  world.deployed = drifted;
  expect(await newWorker()()).toMatchObject([{ signals: [], unknown: ["drift"] }]);
});

it("a mute rule is a problem after an hour", async () => {
  const { world, check, next } = checkWorld();
  world.deployed = aDeployment({ mutes: new Map([["night", [alarmName]]]) });
  await check();
  for (let at = driftMs; at < muteMs; at += driftMs) expect((await next())?.signals).toEqual([]);
  expect((await next())?.signals).toHaveLength(1);
});

it("the list of differences is bounded, and the most severe ones come first", async () => {
  const { world, check, next } = checkWorld();
  const [resources = []] = aDeployment().stacks;
  const alarm = resources.find(({ logicalId }) => logicalId === "Age");
  const many = Array.from({ length: 50 }, (_, i) => ({
    ...alarm,
    logicalId: `A${i}`,
    type: "AWS::CloudWatch::Alarm" as const,
    properties: {},
    physicalId: `Godwit-A${i}`,
  }));
  world.deployed = aDeployment({ stacks: [many], alarms: new Map([["Godwit-A0", { Unit: "x" }]]) });
  await check();
  const [signal] = (await next())?.signals ?? [];
  expect(signal?.slice).toHaveLength(driftPartsMax);
  expect(signal?.slice?.[0]).toBe("The alarm Godwit-A1 is missing.");
  expect(signal?.summary).toMatch(/: 50 differences/);
});

it("checks that fail for an hour are a problem, and end no page before", async () => {
  const { world, check, next } = checkWorld();
  world.deployed = new Error("no permission");
  expect(await check()).toEqual([]);
  for (let at = driftMs; at < muteMs; at += driftMs) expect(await next()).toBeUndefined();
  expect(await next()).toMatchObject({ signals: [{ key: "unread" }], unknown: ["drift"] });
  world.deployed = aDeployment();
  expect(await next()).toMatchObject({ signals: [] });
});

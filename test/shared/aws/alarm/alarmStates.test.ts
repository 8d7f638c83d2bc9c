import { beforeEach, expect, it } from "vitest";
import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import { alarmStatesContract, sampleAlarm } from "../../../contracts/alarm/alarmStates.ts";
import { memoryAlarmStates } from "../../../memory/alarm/alarmStates.ts";
import { startCloudWatch } from "./support/fakeCloudWatch.ts";

const cloudWatch = await startCloudWatch();
const errors: string[] = [];
const states = cloudWatchAlarmStates((what) => errors.push(what));

beforeEach(() => {
  Object.assign(cloudWatch, { alarms: [], muted: [], status: undefined });
  cloudWatch.regions.length = 0;
  errors.length = 0;
});

alarmStatesContract(async (alarms) => {
  const memory = memoryAlarmStates();
  memory.alarms.push(...alarms);
  return memory;
});
alarmStatesContract(async (alarms) => {
  cloudWatch.alarms = alarms;
  return states;
});

it("asks the CloudWatch of another region, with its signature", async () => {
  await states.active("eu-west-1");
  expect(new Set(cloudWatch.regions)).toEqual(new Set(["eu-west-1"]));
});

it("an alarm that a mute rule holds back does not page", async () => {
  cloudWatch.alarms = [sampleAlarm(), sampleAlarm({ name: "Godwit-Muted" })];
  cloudWatch.muted = ["Godwit-Muted"];
  const found = await states.active("us-east-1");
  expect(found.map(({ name, pages }) => [name, pages])).toEqual([
    ["Godwit-Region-us-east-1-Events", true],
    ["Godwit-Muted", false],
  ]);
});

it("fails if CloudWatch does not answer: an empty list would end all pages", async () => {
  cloudWatch.status = 400;
  await expect(states.active("us-east-1")).rejects.toThrow();
});

it("has an alarm also without a readable description", async () => {
  cloudWatch.alarms = [sampleAlarm({ text: undefined })];
  expect(await states.active("us-east-1")).toMatchObject([{ text: undefined, pages: true }]);
});

import { beforeEach, expect, it } from "vitest";
import { cloudWatchRegionMetrics } from "#shared/aws/operations/regionMetrics.ts";
import { startCloudWatch } from "../alarm/support/fakeCloudWatch.ts";

const cloudWatch = await startCloudWatch();
const now = Date.parse("2026-12-01T10:00:30Z");
const minute = Date.parse("2026-12-01T10:00:00Z");
const metrics = cloudWatchRegionMetrics(() => now);

beforeEach(() => {
  cloudWatch.series = [];
  cloudWatch.regions.length = 0;
});

it("reads the queues of Godwit, those with the oldest messages first", async () => {
  const age = "ApproximateAgeOfOldestMessage";
  cloudWatch.series = [
    { metric: age, label: "Godwit-A", at: minute, value: 3 },
    { metric: age, label: "Godwit-B", at: minute, value: 90 },
    { metric: age, label: "another-application", at: minute, value: 900 },
    { metric: "ApproximateNumberOfMessagesVisible", label: "Godwit-B", at: minute, value: 12 },
  ];
  expect((await metrics.read("us-east-1")).queues).toEqual([
    { name: "Godwit-B", oldestSeconds: 90, visible: 12, at: minute },
    { name: "Godwit-A", oldestSeconds: 3, visible: 0, at: minute },
  ]);
});

it("reads the balance of the last run of the ledger, without what is no longer overdue", async () => {
  cloudWatch.series = [
    { metric: "LedgerMissing", label: "LedgerMissing", at: minute, value: 2 },
    { metric: "DeliveriesOverdue", label: "late", at: minute, value: 5 },
    { metric: "DeliveriesOverdue", label: "former", at: minute - 60_000, value: 7 },
  ];
  expect((await metrics.read("us-east-1")).ledger).toEqual({
    missing: 2,
    overdue: [{ integration: "late", deliveries: 5 }],
    at: minute,
  });
});

it("reads the last result of each check of the canary", async () => {
  cloudWatch.series = [
    { metric: "CanaryFailure", check: "api", label: "l", at: minute, value: 0 },
    { metric: "CanaryLatency", check: "api", label: "l", at: minute, value: 41 },
    { metric: "CanaryFailure", check: "connect", label: "l", at: minute, value: 1 },
    { metric: "CanaryLatency", check: "connect", label: "l", at: minute - 60_000, value: 80 },
  ];
  expect((await metrics.read("us-east-1")).canary).toEqual([
    { check: "connect", passed: false, latencyMs: undefined, at: minute },
    { check: "api", passed: true, latencyMs: 41, at: minute },
  ]);
});

it("has no balance and no canary without metrics", async () => {
  expect(await metrics.read("us-east-1")).toEqual({ queues: [], ledger: undefined, canary: [] });
});

it("asks the CloudWatch of another region", async () => {
  await metrics.read("eu-west-1");
  expect(new Set(cloudWatch.regions)).toEqual(new Set(["eu-west-1"]));
});

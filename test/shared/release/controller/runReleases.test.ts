import { expect, it } from "vitest";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { runReleases } from "#shared/release/controller/runReleases.ts";
import { foldFacts } from "#shared/release/model/releaseStatus.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { memoryReleases } from "../../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../../memory/release/rows.ts";
import { anEnrolment, aRelease, openFacts, product } from "../../../memory/release/samples.ts";
import { deviceId, fleet, someTime } from "../../../memory/samples.ts";

const region = "us-east-1";

/** A run for a release whose only device has reported that its update failed. */
const runAfterFailure = async (responds: boolean) => {
  const now = () => someTime + 60_000;
  const [releases, facts, enrolments] = [
    memoryReleases(),
    memoryReleaseFacts(),
    memoryEnrolments(),
  ];
  const progress = memoryProgressRows(region);
  await releases.add(aRelease());
  for (const fact of openFacts()) await facts.add(fact);
  await enrolments.put([anEnrolment()]);
  await progress.put({
    ...{ release: "release-1", device: deviceId, region, revision: 1, offers: [someTime] },
    offered: { at: someTime, connection: "c1" },
    failures: [{ at: someTime + 1, error: "wrong_signature" }],
  });
  const pages: string[] = [];
  await runReleases(Number.POSITIVE_INFINITY, {
    ...{ releases, facts, enrolments, progress, region, now },
    active: createActiveReleases({ releases, now }),
    pace: memoryPaceRows(region),
    sessions: memorySessions(),
    devices: memoryDevices([{ id: deviceId, fleet, product, createdAt: "" }]),
    released: async () => [],
    quarantined: async () => new Set(),
    evidence: {
      profiles: async () => new Map(),
      calls: async () => ({ ok: 0, failed: 0 }),
      hasWorseVitals: async () => undefined,
    },
    link: {
      sendOffer: async () => "confirmed",
      sendRollback: async () => "confirmed",
      sendCancel: async () => "confirmed",
    },
    notices: { page: ({ id }) => void pages.push(id), halted: async () => {} },
    releaseFormer: async () => "former",
    imageRefusal: async () => undefined,
    copyImage: async () => {},
    regions: [region],
    responds: async () => responds,
    onError: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
  return { pages, phase: foldFacts(await facts.list("release-1")).phase };
};

it("a release whose devices fail is halted, and pages the operator", async () => {
  expect(await runAfterFailure(true)).toEqual({ pages: ["release-1"], phase: "halted" });
});

it("a release is not judged while the broker of its region does not respond", async () => {
  expect(await runAfterFailure(false)).toEqual({ pages: [], phase: "running" });
});

import { expect, it } from "vitest";
import { readCensus } from "#shared/release/controller/census.ts";
import { readControl } from "#shared/release/controller/controlGroup.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import {
  memoryEnrolments,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../../memory/release/rows.ts";
import { anEnrolment, aRelease, openFacts, product } from "../../../memory/release/samples.ts";
import { fleet, someTime } from "../../../memory/samples.ts";

const region = "us-east-1";
const hourMs = 3_600_000;
const idOf = (n: number): string => n.toString(16).padStart(24, "0");

/** A product whose first device is the only one of a release; those in `offline` are silent. */
const control = async (devices: number, offline: readonly number[]) => {
  const release = aRelease({ to: { devices: [idOf(0)] } });
  const [facts, enrolments, sessions] = [
    memoryReleaseFacts(),
    memoryEnrolments(),
    memorySessions(),
  ];
  for (const one of openFacts()) await facts.add(one);
  await enrolments.put([anEnrolment({ device: idOf(0) })]);
  const ids = Array.from({ length: devices }, (_, n) => idOf(n));
  for (const [n, device] of ids.entries()) {
    const connected = !offline.includes(n);
    await sessions.put({
      ...{ device, region, connected, since: someTime, at: someTime, revision: 1 },
      helloAt: someTime,
    });
  }
  const now = () => someTime + hourMs;
  const deps = {
    ...{ facts, enrolments, progress: memoryProgressRows(), sessions, now },
    devices: memoryDevices(ids.map((id) => ({ id, fleet, product, createdAt: "" }))),
    evidence: {
      profiles: async () => new Map(),
      calls: async () => ({ ok: 0, failed: 0 }),
      hasWorseVitals: async () => undefined,
    },
  };
  return readControl(await readCensus(release, deps), new Map(), deps);
};

it("a release of one device is compared with the other devices of its product", async () => {
  expect(await control(20, [])).toEqual({ devices: 20, unhealthy: 0 });
  expect(await control(20, [3, 4, 5, 6, 7])).toEqual({ devices: 20, unhealthy: 5 });
});

it("a release of every device of its product has no others", async () => {
  expect(await control(1, [])).toEqual({ devices: 1, unhealthy: 0 });
});

import { expect, it } from "vitest";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { readCensus } from "#shared/release/controller/census.ts";
import { tellDevices } from "#shared/release/controller/tellDevices.ts";
import { handshakesCheckedMax } from "#shared/release/limits.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { memoryReleases } from "../../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../../memory/release/rows.ts";
import { anEnrolment, aPace, aRelease, openFacts } from "../../../memory/release/samples.ts";
import { someTime } from "../../../memory/samples.ts";

const region = "us-east-1";
const minuteMs = 60_000;

const idOf = (n: number): string => n.toString(16).padStart(24, "0");

/** Connected devices, of which each has said hello at a time after the release was made. */
const world = async (helloAfterMs: readonly number[], immediate: boolean, allowed = 5) => {
  const clock = { ms: someTime + minuteMs };
  const release = aRelease({ immediate, createdAt: someTime });
  const releases = memoryReleases();
  const [facts, enrolments, sessions] = [
    memoryReleaseFacts(),
    memoryEnrolments(),
    memorySessions(),
  ];
  const pace = memoryPaceRows(region);
  await releases.add(release);
  for (const one of openFacts()) await facts.add(one);
  await enrolments.put(helloAfterMs.map((_, n) => anEnrolment({ device: idOf(n) })));
  await pace.put(aPace({ allowed }));
  for (const [n, after] of helloAfterMs.entries()) {
    await sessions.put({
      ...{ device: idOf(n), region, connected: true, since: someTime - 1, at: someTime, id: "s" },
      ...{ helloAt: someTime + after, revision: 1 },
    });
  }
  const offered: string[] = [];
  const deps = {
    active: createActiveReleases({ releases, now: () => clock.ms }),
    ...{ facts, enrolments, pace, sessions, region, progress: memoryProgressRows(region) },
    released: async () => [],
    link: {
      async sendOffer(device: string) {
        offered.push(device);
        return "confirmed" as const;
      },
      sendRollback: async () => "confirmed" as const,
      sendCancel: async () => "confirmed" as const,
    },
    now: () => clock.ms,
    onError: (what: string, error: unknown) => expect.unreachable(`${what}: ${error}`),
  };
  const run = async () => tellDevices(await readCensus(release, deps), clock.ms + minuteMs, deps);
  return { run, offered, clock };
};

it("a release that waits for hellos is offered to devices that have said hello since it was made", async () => {
  const { run, offered } = await world([-1, 0, 30_000, -minuteMs], false);
  await run();
  expect(offered).toEqual([idOf(1), idOf(2)]);
  await run();
  expect(offered).toHaveLength(2);
});

it("a release that begins at once is offered to every connected device", async () => {
  const { run, offered } = await world([-1, 0, -minuteMs], true);
  await run();
  expect(offered).toEqual([idOf(0), idOf(1), idOf(2)]);
});

it("a large release that waits for hellos is looked at in parts, and reaches every device", async () => {
  const hellos = Array.from({ length: handshakesCheckedMax + 200 }, (_, n) => (n % 400 ? -1 : 1));
  const { run, offered, clock } = await world(hellos, false, hellos.length);
  await run();
  expect(offered.length).toBeLessThanOrEqual(4);
  for (let minutes = 0; minutes < 6; minutes += 1) {
    clock.ms += minuteMs;
    await run();
  }
  const expected = hellos.flatMap((after, n) => (after > 0 ? [idOf(n)] : []));
  expect(offered.toSorted()).toEqual(expected);
});

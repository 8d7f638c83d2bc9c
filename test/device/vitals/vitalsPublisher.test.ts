import { describe, expect, it } from "vitest";
import { createVitalsPublisher, type Vitals } from "../../../device/vitals/vitalsPublisher.ts";
import { manualClock } from "../support/manualClock.ts";

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};

const set = (
  given: { read?: (() => Vitals | Promise<Vitals>) | undefined; seconds?: number } = {},
) => {
  const clock = manualClock();
  const sent: [string, unknown][] = [];
  const errors: unknown[] = [];
  const { read = () => ({ device: { n: sent.length } }), seconds } = given;
  const publisher = createVitalsPublisher({
    read: "read" in given ? given.read : read,
    seconds,
    clock,
    random: () => 0.5,
    send: async (name, data) => void sent.push([name, JSON.parse(data)]),
    report: (error) => errors.push(error),
  });
  return { clock, sent, errors, publisher };
};

describe("the vitals of a device", () => {
  it("are published on request, under Particle's name", async () => {
    const { sent, publisher } = set();
    await publisher.publish();
    expect(sent).toEqual([["spark/device/diagnostics/update", { device: { n: 0 } }]]);
  });

  it("are measured once for requests at the same time, and again for the next one", async () => {
    let measured = 0;
    const { sent, publisher } = set({ read: async () => ({ device: { n: measured++ } }) });
    await Promise.all([publisher.publish(), publisher.publish()]);
    expect([measured, sent.length]).toEqual([1, 1]);
    await publisher.publish();
    expect([measured, sent.length]).toEqual([2, 2]);
  });

  it("are published on an interval while the device is connected, and not earlier after a reconnect", async () => {
    const { clock, sent, publisher } = set({ seconds: 3_600 });
    publisher.start();
    clock.advance(29_999);
    await turns();
    expect(sent).toHaveLength(0);
    clock.advance(1);
    await turns();
    expect(sent).toHaveLength(1);
    publisher.stop();
    clock.advance(1_000_000);
    publisher.start();
    publisher.start();
    clock.advance(2_599_999);
    await turns();
    expect(sent).toHaveLength(1);
    clock.advance(1);
    await turns();
    expect(sent).toHaveLength(2);
    publisher.stop();
    clock.advance(9_000_000);
    publisher.start();
    clock.advance(0);
    await turns();
    expect(sent).toHaveLength(3);
  });

  it("are not published without a measurement, and on request only without an interval", async () => {
    const none = set({ read: undefined, seconds: 60 });
    none.publisher.start();
    await none.publisher.publish();
    const noInterval = set();
    noInterval.publisher.start();
    expect([none.clock.nextMs(), noInterval.clock.nextMs()]).toEqual([undefined, undefined]);
    expect(none.sent).toEqual([]);
  });

  it("reports a measurement that fails or is too long, and continues", async () => {
    let fails = true;
    const { clock, sent, errors, publisher } = set({
      seconds: 60,
      read: () => {
        if (fails) throw new Error("no battery");
        return { device: {} };
      },
    });
    publisher.start();
    clock.advance(30_000);
    await turns();
    expect(errors).toMatchObject([{ message: "no battery" }]);
    fails = false;
    clock.advance(60_000);
    await turns();
    expect(sent).toHaveLength(1);
    const long = set({ read: () => ({ device: { text: "x".repeat(9_000) } }) });
    await expect(long.publisher.publish()).rejects.toThrow("must not exceed 8192 bytes");
  });
});

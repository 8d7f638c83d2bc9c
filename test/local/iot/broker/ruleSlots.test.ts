import { describe, expect, it } from "vitest";
import { trackInFlight } from "../../../../local/iot/broker/inFlightWork.ts";
import { createPublishQueue } from "../../../../local/iot/broker/publishQueue.ts";
import { createRuleSlots } from "../../../../local/iot/broker/ruleSlots.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("rules", () => {
  it("run for a bounded number of messages of all connections, and acknowledge at the rate of the queue", async () => {
    const sends: (() => void)[] = [];
    let acknowledged = 0;
    const slots = createRuleSlots(10);
    const inFlight = trackInFlight();
    for (let connection = 0; connection < 5; connection += 1) {
      const queue = createPublishQueue(inFlight);
      for (let i = 0; i < 200; i += 1) {
        queue.run(
          (settled) =>
            slots.run(() => new Promise<void>((resolve) => sends.push(resolve)), settled),
          () => (acknowledged += 1),
        );
      }
    }
    await turn();
    for (let sent = 0; sent < 1_000; sent += 1) {
      expect(sends).toHaveLength(Math.min(10, 1_000 - sent));
      expect(acknowledged).toBe(sent);
      sends.shift()?.();
      await turn();
    }
    expect(acknowledged).toBe(1_000);
  });

  it("run in the order of arrival, and continue after a failure", async () => {
    const slots = createRuleSlots(1);
    const began: number[] = [];
    const errors: unknown[] = [];
    for (let i = 0; i < 4; i += 1) {
      const work = async () => {
        began.push(i);
        if (i === 1) throw new Error("no");
      };
      slots.run(work, (error) => errors.push(error));
    }
    while (errors.length < 4) await turn();
    expect(began).toEqual([0, 1, 2, 3]);
    expect(errors).toEqual([undefined, new Error("no"), undefined, undefined]);
  });
});

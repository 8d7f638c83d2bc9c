import { describe, expect, it } from "vitest";
import { seenHours, seenLeaseSeconds } from "#shared/event/limits.ts";
import type { SeenEvents } from "#shared/event/ports.ts";
import { someTime } from "../../memory/samples.ts";

const leaseMs = seenLeaseSeconds * 1_000;
const seenMs = seenHours * 3_600_000;

/** The contract of `SeenEvents`. Times have a precision of one second. */
export const seenEventsContract = (open: () => Promise<SeenEvents>): void => {
  describe("seen events", () => {
    it("are acquired by one worker, and reported as busy to other workers", async () => {
      const seenEvents = await open();
      const claims = ["m1", "m2", "m3", "m4", "m5"].map((message) =>
        seenEvents.claim("e1", message, someTime),
      );
      expect((await Promise.all(claims)).sort()).toEqual([
        "acquired",
        "busy",
        "busy",
        "busy",
        "busy",
      ]);
      expect(await seenEvents.claim("e2", "m6", someTime)).toBe("acquired");
    });

    it("are acquired again after the lease of a crashed worker", async () => {
      const seenEvents = await open();
      await seenEvents.claim("e1", "m1", someTime);
      expect(await seenEvents.claim("e1", "m2", someTime + leaseMs - 1_000)).toBe("busy");
      expect(await seenEvents.claim("e1", "m3", someTime + leaseMs + 1_000)).toBe("acquired");
      expect(await seenEvents.claim("e1", "m4", someTime + leaseMs + 2_000)).toBe("busy");
    });

    it("are acquired again by the same message after a redelivery", async () => {
      const seenEvents = await open();
      await seenEvents.claim("e1", "m1", someTime);
      expect(await seenEvents.claim("e1", "m2", someTime)).toBe("busy");
      expect(await seenEvents.claim("e1", "m1", someTime)).toBe("acquired");
      await seenEvents.confirm("e1", "m1", someTime);
      expect(await seenEvents.claim("e1", "m1", someTime)).toBe("completed");
      expect(await seenEvents.claim("e1", "m2", someTime)).toBe("duplicate");
    });

    it("are duplicates for a day after they are confirmed", async () => {
      const seenEvents = await open();
      await seenEvents.claim("e1", "m5", someTime);
      await seenEvents.confirm("e1", "m5", someTime);
      expect(await seenEvents.claim("e1", "m6", someTime)).toBe("duplicate");
      expect(await seenEvents.claim("e1", "m7", someTime + seenMs - 1_000)).toBe("duplicate");
      expect(await seenEvents.claim("e1", "m8", someTime + seenMs + 1_000)).toBe("acquired");
    });
  });
};

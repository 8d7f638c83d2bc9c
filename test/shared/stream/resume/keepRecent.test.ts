import { describe, expect, it } from "vitest";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import type { FleetEvent } from "#shared/stream/ports.ts";
import { keepRecent } from "#shared/stream/resume/keepRecent.ts";
import { keepPauseMs, recentEventsMs } from "#shared/stream/resume/limits.ts";
import { aReceivedEvent, fleet, stoppedClock } from "../../../memory/samples.ts";

/** A worker of a region in which somebody listens to one fleet for another second. */
const world = () => {
  const clock = stoppedClock();
  const kept: string[] = [];
  const setbacks: string[] = [];
  const table = { down: false, asked: 0 };
  const until = clock.ms + 1_000;
  const keep = keepRecent({
    integrations: {
      async listenedUntil(of) {
        if (of === "down") throw new Error("the table is down");
        return of === fleet ? until : 0;
      },
    },
    recentEvents: {
      async keep(events: readonly FleetEvent[]) {
        table.asked += 1;
        if (table.down) throw new Error("the table is down");
        kept.push(...events.map(({ received }) => received.id));
      },
    },
    now: clock.now,
    onError: (what) => setbacks.push(what),
  });
  const event = (id: string, given: { fleet?: string; receivedAt?: number } = {}) =>
    acceptEvent(
      aReceivedEvent({
        id,
        topic: `events/${given.fleet ?? fleet}/d1/n`,
        ...(given.receivedAt !== undefined && { receivedAt: given.receivedAt }),
      }),
    )!;
  return { clock, kept, setbacks, table, keep, event };
};

describe("recent events", () => {
  it("are kept of a fleet that is listened to, and of no other", async () => {
    const { kept, keep, event } = world();
    await keep([
      event("a"),
      event("b", { fleet: "other" }),
      event("c"),
      event("d", { fleet: "down" }),
    ]);
    expect(kept).toEqual(["a", "c"]);
  });

  it("cost nothing when nobody listens any more", async () => {
    const { clock, table, keep, event } = world();
    clock.ms += 1_000;
    await keep([event("a")]);
    expect(table.asked).toBe(0);
  });

  it("are not kept when they come so late that they have expired", async () => {
    const { clock, kept, keep, event } = world();
    await keep([event("old", { receivedAt: clock.ms - recentEventsMs }), event("new")]);
    expect(kept).toEqual(["new"]);
  });

  it("are given up when the table is down, which is then left alone for a while", async () => {
    const { clock, kept, setbacks, table, keep, event } = world();
    const longer = { ...event("a") };
    table.down = true;
    await keep([longer]);
    table.down = false;
    await keep([longer]);
    expect(setbacks).toEqual(["keep"]);
    expect(table.asked).toBe(1);
    clock.ms += keepPauseMs - 1;
    await keep([longer]);
    expect(table.asked).toBe(1);
    expect(kept).toEqual([]);
  });
});

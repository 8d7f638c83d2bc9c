import { describe, expect, it } from "vitest";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import type { FleetEvent } from "#shared/stream/ports.ts";
import { pauseAfterErrorMs, recentEventsMs } from "#shared/stream/resume/limits.ts";
import { storeRecentEvents } from "#shared/stream/resume/storeRecentEvents.ts";
import { aReceivedEvent, fleet, stoppedClock } from "../../../memory/samples.ts";

/** A worker of a region in which one fleet has listeners for another second. */
const world = () => {
  const clock = stoppedClock();
  const stored: string[] = [];
  const errors: string[] = [];
  const table = { down: false, asked: 0 };
  const until = clock.ms + 1_000;
  const put = storeRecentEvents({
    integrations: {
      async listenedUntil(of) {
        if (of === "down") throw new Error("the table is down");
        return of === fleet ? until : 0;
      },
    },
    recentEvents: {
      async put(events: readonly FleetEvent[]) {
        table.asked += 1;
        if (table.down) throw new Error("the table is down");
        stored.push(...events.map(({ received }) => received.id));
      },
    },
    now: clock.now,
    onError: (what) => errors.push(what),
  });
  const event = (id: string, given: { fleet?: string; receivedAt?: number } = {}) =>
    acceptEvent(
      aReceivedEvent({
        id,
        topic: `events/${given.fleet ?? fleet}/d1/n`,
        ...(given.receivedAt !== undefined && { receivedAt: given.receivedAt }),
      }),
    )!;
  return { clock, stored, errors, table, put, event };
};

describe("recent events", () => {
  it("are stored only for fleets with listeners", async () => {
    const { stored, put, event } = world();
    await put([
      event("a"),
      event("b", { fleet: "other" }),
      event("c"),
      event("d", { fleet: "down" }),
    ]);
    expect(stored).toEqual(["a", "c"]);
  });

  it("are not stored after the listening period", async () => {
    const { clock, table, put, event } = world();
    clock.ms += 1_000;
    await put([event("a")]);
    expect(table.asked).toBe(0);
  });

  it("are not stored if they have expired", async () => {
    const { clock, stored, put, event } = world();
    await put([event("old", { receivedAt: clock.ms - recentEventsMs }), event("new")]);
    expect(stored).toEqual(["new"]);
  });

  it("are not stored for a while after an error of the table", async () => {
    const { clock, stored, errors, table, put, event } = world();
    const longer = { ...event("a") };
    table.down = true;
    await put([longer]);
    table.down = false;
    await put([longer]);
    expect(errors).toEqual(["storeRecentEvents"]);
    expect(table.asked).toBe(1);
    clock.ms += pauseAfterErrorMs - 1;
    await put([longer]);
    expect(table.asked).toBe(1);
    expect(stored).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { SlotLimits } from "#shared/platform/slotLimits.ts";
import { readCursor } from "#shared/stream/position.ts";
import { type AcquiredSlot, acquireStreamSlot } from "#shared/stream/slot/acquireStreamSlot.ts";
import {
  expiryRetrySecondsMin,
  handoverMs,
  requestedRetrySeconds,
  slotCheckMs,
} from "#shared/stream/slot/limits.ts";
import { clientHash, newSlotId, writeSlot } from "#shared/stream/slot/slotId.ts";
import type { StreamSlots } from "#shared/stream/slot/streamSlots.ts";
import { memoryStreamSlots } from "../../../memory/event/streamSlots.ts";
import { someTime } from "../../../memory/samples.ts";

const lifeMs = 90_000;
const limits = { perClient: 10, perUser: 25, perFleet: 50 };

interface Visitor {
  readonly user: string;
  readonly fleet: string;
  readonly client: string;
}

const ada: Visitor = { user: "ada", fleet: "home", client: "browser" };

/**
 * A region. Like on Lambda, a stream runs until its lifetime has passed, or until it finds that it
 * may not continue: the end of its client's connection has no effect.
 */
const region = (slots: StreamSlots = memoryStreamSlots(), most: SlotLimits["streams"] = limits) => {
  const running = new Map<AcquiredSlot, { visitor: Visitor; endsAt: number; checksAt: number }>();
  const errors: string[] = [];
  const clock = { ms: someTime };
  const deps = {
    slots,
    limits: most,
    now: () => clock.ms,
    onError: (what: string) => void errors.push(what),
  };
  const end = async (slot: AcquiredSlot, isRefused: boolean): Promise<void> => {
    running.delete(slot);
    await slot.release(isRefused ? undefined : { at: clock.ms, seen: [] });
  };
  return {
    errors,
    clock,
    async open(visitor: Visitor = ada, cursor?: string) {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const slot = await acquireStreamSlot({ ...visitor, after, lifeMs }, deps);
      const { ms } = clock;
      running.set(slot, { visitor, endsAt: ms + lifeMs, checksAt: ms + slotCheckMs });
      return slot;
    },
    end: (slot: AcquiredSlot) => end(slot, false),
    /** The executions of a user, or of all. */
    running: (user?: string) =>
      [...running.values()].filter(({ visitor }) => user === undefined || visitor.user === user)
        .length,
    async pass(seconds: number) {
      for (let i = 0; i < seconds; i += 1) {
        clock.ms += 1_000;
        for (const [slot, one] of running) {
          if (clock.ms >= one.endsAt) await end(slot, false);
          else if (clock.ms >= one.checksAt) {
            one.checksAt = clock.ms + slotCheckMs;
            if (!(await slot.mayContinue())) await end(slot, true);
          }
        }
      }
    },
  };
};

/** A cursor of a stream. */
const cursorOf = ({ slot }: AcquiredSlot, at = someTime): string => `${at.toString(36)}~${slot}`;

const refused = (retryAfterSeconds: number, who: RegExp) => ({
  code: "too_many_requests",
  status: 429,
  retryAfterSeconds,
  message: expect.stringMatching(who),
});

const another = (client: string): Visitor => ({ ...ada, client });

describe("a client that connects and leaves in a loop", () => {
  /** Connects for ten minutes. Returns the maximum number of executions, and the refusals. */
  const loop = async (everySeconds: number, sendsCursor: boolean) => {
    const here = region();
    let cursor: string | undefined;
    let most = 0;
    let refusals = 0;
    for (let at = 0; at < 600; at += everySeconds) {
      try {
        const slot = await here.open(ada, cursor);
        if (sendsCursor) cursor = cursorOf(slot, here.clock.ms);
      } catch {
        refusals += 1;
      }
      most = Math.max(most, here.running());
      // Others are never refused, neither in the same fleet nor with the same user.
      const others = [
        another("other"),
        { ...ada, user: "eve" },
        { ...another("browser in the office"), fleet: "office" },
      ];
      for (const visitor of others) await here.end(await here.open(visitor));
      await here.pass(everySeconds);
    }
    return { most, refusals };
  };

  it("has two executions if it sends its cursor and returns every 18 s", async () => {
    expect(await loop(18, true)).toEqual({ most: 2, refusals: 0 });
  });

  it("has few executions if it sends its cursor and returns every second", async () => {
    const { most, refusals } = await loop(1, true);
    expect(most).toBeLessThanOrEqual(slotCheckMs / 1_000 + 1);
    expect(refusals).toBe(0);
  });

  it("has few executions if it sends no cursor and returns every 18 s", async () => {
    expect(await loop(18, false)).toEqual({ most: lifeMs / 18_000, refusals: 0 });
  });

  it("has at most its maximum without a cursor, and gets in again as its former streams end", async () => {
    const { most, refusals } = await loop(1, false);
    expect(most).toBe(limits.perClient);
    // It gets in once in this time.
    expect(refusals).toBeLessThanOrEqual(600 - 600 / requestedRetrySeconds);
  });

  it("is refused within its maximum only until its oldest stream has ended", async () => {
    const here = region();
    const first = await here.open();
    for (let i = 1; i < limits.perClient; i += 1) await here.open();
    await expect(here.open()).rejects.toMatchObject(refused(requestedRetrySeconds, /client/));
    expect(await first.mayContinue()).toBe(false);
    // A further attempt ends no further stream.
    await expect(here.open()).rejects.toMatchObject(refused(requestedRetrySeconds, /client/));
    await here.pass(requestedRetrySeconds);
    expect(here.running()).toBe(limits.perClient - 1);
    await here.open();
  });
});

describe("a user", () => {
  it("cannot use up the streams of a fleet, over several clients", async () => {
    const here = region();
    for (let i = 0; i < limits.perUser; i += 1) await here.open(another(`c${i}`));
    await expect(here.open(another("more"))).rejects.toMatchObject(refused(90, /user/));
    for (let i = 0; i < limits.perFleet - limits.perUser; i += 1) {
      await here.open({ ...ada, user: `member${i}` });
    }
    const late = { ...ada, user: "late" };
    await expect(here.open(late)).rejects.toMatchObject(refused(90, /fleet/));
    await here.open({ ...late, fleet: "office" });
    await here.pass(87);
    await expect(here.open(late)).rejects.toMatchObject(refused(expiryRetrySecondsMin, /fleet/));
  });

  it("has the same maximum over several fleets", async () => {
    const here = region();
    for (let i = 0; i < limits.perUser; i += 1) {
      await here.open({ user: "ada", fleet: `f${i}`, client: `c${i}` });
    }
    const more = { user: "ada", fleet: "more", client: "more" };
    await expect(here.open(more)).rejects.toMatchObject(refused(90, /user/));
    // A refusal occupies no slot of the fleet.
    for (let i = 0; i < limits.perFleet; i += 1) {
      await here.open({ ...more, user: `u${i}` });
    }
  });

  it("is refused when the region has its maximum, until a stream ends", async () => {
    const here = region(undefined, { ...limits, inRegion: 3 });
    const [first] = [await here.open(), await here.open(), await here.open(another("c"))];
    const eve = { user: "eve", fleet: "eve", client: "browser" };
    await expect(here.open(eve)).rejects.toMatchObject(refused(90, /of all users/));
    await here.end(first);
    await here.open(eve);
    // The refusal occupied neither a slot of the user nor of the fleet.
    await here.pass(lifeMs / 1_000);
    expect(here.running()).toBe(0);
  });

  it("gets a slot whose worker has crashed when it has expired", async () => {
    const here = region();
    for (let i = 0; i < limits.perUser; i += 1) await here.open(another(`c${i}`));
    here.clock.ms += lifeMs + 10_000;
    for (let i = 0; i < limits.perUser; i += 1) await here.open(another(`d${i}`));
  });
});

describe("a cursor", () => {
  it("ends the stream that sent it, and no other one", async () => {
    const here = region();
    const [first, second] = [await here.open(), await here.open()];
    const next = await here.open(ada, cursorOf(first));
    expect(await first.mayContinue()).toBe(false);
    expect(await second.mayContinue()).toBe(true);
    expect(await next.mayContinue()).toBe(true);
    await here.pass(slotCheckMs / 1_000);
    expect(here.running()).toBe(2);
  });

  it("cannot end a stream of another user, even of the same fleet, nor by a guess", async () => {
    const here = region();
    const slot = await here.open();
    const stolen = cursorOf(slot);
    await here.open({ ...ada, user: "eve" }, stolen);
    await here.open({ user: "eve", fleet: "eve", client: "browser" }, stolen);
    for (let number = 0; number < limits.perUser; number += 1) {
      const guess = `${someTime.toString(36)}~${writeSlot({ number, id: newSlotId() })}`;
      await here
        .open({ ...ada, client: `c${number % 20}`, fleet: `${number}` }, guess)
        .catch(() => {});
    }
    for (const text of ["~", "~00", `~${"0".repeat(32)}`, "~zzAAAAAAAAAAAA"]) {
      await here.open(another(text), someTime.toString(36) + text).catch(() => {});
    }
    expect(await slot.mayContinue()).toBe(true);
  });
});

describe("a client whose stream the cloud has ended", () => {
  it("continues at the position of its stream, without a cursor, once", async () => {
    const here = region();
    const slot = await here.open();
    await here.pass(lifeMs / 1_000);
    const endedAt = here.clock.ms;
    expect(here.running()).toBe(0);
    await here.pass(2);
    const other = await here.open(another("other"));
    expect(other.after).toBeUndefined();
    const back = await here.open();
    expect(back.after).toEqual({ at: endedAt, seen: [] });
    expect(back.slot).not.toBe(slot.slot);
    expect((await here.open()).after).toBeUndefined();
  });

  it("starts without them if it returns later", async () => {
    const here = region();
    await here.end(await here.open());
    here.clock.ms += handoverMs;
    expect((await here.open()).after).toBeUndefined();
  });

  it("continues at its own cursor if it has not received all of its stream", async () => {
    const here = region();
    const slot = await here.open();
    await slot.release({ at: someTime + 5, seen: [{ hash: "abcdef", at: someTime }] });
    const early = await here.open(ada, cursorOf(slot, someTime + 4));
    expect(early.after).toMatchObject({ at: someTime + 4, seen: [] });
    await early.release();
    // The complete position names more events than the cursor.
    const late = await here.open(ada, cursorOf(slot, someTime + 5));
    expect(late.after?.seen).toHaveLength(1);
  });

  it("keeps its position while other clients open streams", async () => {
    const here = region();
    await here.end(await here.open());
    for (let i = 0; i < limits.perUser - 1; i += 1) await here.open(another(`c${i}`));
    expect((await here.open()).after).toBeDefined();
  });
});

describe("a stream", () => {
  it("opens without a slot while the table does not respond, and continues", async () => {
    const fail = () => Promise.reject(new Error("no table"));
    const down = { list: fail, occupy: fail, requestEnd: fail, mayContinue: fail, release: fail };
    const here = region(down);
    const slot = await here.open(ada, "m0");
    expect(slot).toMatchObject({ slot: undefined, after: { seen: [] } });
    expect(await slot.mayContinue()).toBe(true);
    await slot.release();
    expect(here.errors).toEqual(["slot"]);
    const slots = memoryStreamSlots();
    const breaking = region({ ...slots, mayContinue: fail, release: fail });
    const open = await breaking.open();
    expect(await open.mayContinue()).toBe(true);
    await open.release();
  });

  it("distinguishes clients by token, address, program and filter", () => {
    const filter = { fleet: "home", prefix: "" };
    const one = { token: "t", address: "1.2.3.4", agent: "curl", filter };
    const others = [
      { ...one, token: "u" },
      { ...one, address: "1.2.3.5" },
      { ...one, agent: undefined },
      { ...one, filter: { ...filter, prefix: "a" } },
      { ...one, filter: { ...filter, device: "d" } },
      { ...one, filter: { ...filter, fleet: "office" } },
    ];
    expect(new Set([one, { ...one }, ...others].map(clientHash)).size).toBe(1 + others.length);
  });
});

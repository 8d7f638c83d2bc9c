import { describe, expect, it, vi } from "vitest";
import { responsesPauseMs, responsesWaitMs } from "#shared/delivery/limits.ts";
import { publishResponses } from "#shared/delivery/publishResponses.ts";
import type { ArchiveSetting } from "#shared/event/archiveSetting.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { anEvent, anIntegration, fleet, stoppedClock } from "../../memory/samples.ts";

const world = (listenedUntil = 0, archive?: ArchiveSetting) => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const errors: unknown[] = [];
  return {
    clock,
    broker,
    errors,
    integrations: { listenedUntil: async () => listenedUntil, archiveOf: async () => archive },
    now: clock.now,
    /** The time does not pass. */
    later: () => () => {},
    onError: (_: string, error: unknown) => {
      errors.push(error);
    },
    topics: () => broker.published.map(({ topic }) => topic),
  };
};
const said = (name: string) => `events/${fleet}/particle-internal/${name}`;
const live = (name: string) => `${said(name)}/?live=1`;
const attempted = (given: Parameters<typeof anIntegration>[0] = {}, body = "fine") => ({
  event: anEvent(),
  integration: anIntegration(given),
  reply: { status: 200, body },
});

describe("the outcome of a delivery", () => {
  it("is published to the fleet by the cloud", async () => {
    const deps = world();
    const responses = publishResponses(deps);
    responses.publish(attempted());
    await responses.settled();
    expect(deps.topics()).toEqual([live("hook-response/temperature/0")]);
    expect(Buffer.from(deps.broker.published[0]!.payload).toString()).toBe("fine");
  });

  it("goes to the queue of events while a stream is open, or if the fleet has an archive", async () => {
    const topicsWith = async (listenedUntil: number, enabled: boolean) => {
      const deps = world(listenedUntil, { enabled, days: 30 });
      const responses = publishResponses(deps);
      responses.publish(attempted({ hookSent: false }));
      await responses.settled();
      return deps.topics();
    };
    const name = "hook-response/temperature/0";
    expect(await topicsWith(Number.POSITIVE_INFINITY, false)).toEqual([said(name)]);
    expect(await topicsWith(0, true)).toEqual([said(name)]);
    expect(await topicsWith(0, false)).toEqual([live(name)]);
  });

  it("goes to the queue of events if its name leaves no space for the property", async () => {
    const deps = world();
    const responses = publishResponses(deps);
    responses.publish(attempted({ responseTopic: "a/b/c/d" }));
    await responses.settled();
    expect(deps.topics()).toEqual([said("a/b/c/d/0")]);
  });

  it("includes hook-sent while a stream is open, or if the integration requests it", async () => {
    const sent = async (listening: boolean, hookSent?: boolean) => {
      const deps = world(listening ? Number.POSITIVE_INFINITY : 0);
      const responses = publishResponses(deps);
      responses.publish(attempted({ hookSent }, ""));
      await responses.settled();
      return deps.topics();
    };
    expect(await sent(true)).toEqual([said("hook-sent/temperature")]);
    expect(await sent(false)).toEqual([]);
    expect(await sent(false, true)).toEqual([live("hook-sent/temperature")]);
    expect(await sent(true, false)).toEqual([]);
  });

  it("is published completely, however many chunks it has", async () => {
    const deps = world();
    const responses = publishResponses(deps);
    responses.publish(attempted({}, "x".repeat(512 * 25)));
    await responses.settled();
    expect(new Set(deps.topics()).size).toBe(25);
  });

  it.each(["a+b", "a//b", "", "a/b/c/d/e/f/g", "{{#open}}"])(
    "is not published under the invalid name %j",
    async (responseTopic) => {
      const deps = world();
      const responses = publishResponses(deps);
      responses.publish(attempted({ responseTopic }));
      await responses.settled();
      expect(deps.topics()).toEqual([]);
      expect(deps.errors).toMatchObject([{ code: "invalid_request" }]);
    },
  );

  it("is a non-fatal error if the broker rejects it, followed by a pause", async () => {
    const deps = world();
    const publish = vi.fn(async () => Promise.reject(new Error("the broker is down")));
    const responses = publishResponses({ ...deps, broker: { publish } });
    responses.publish(attempted());
    await responses.settled();
    expect(deps.errors).toEqual([new Error("the broker is down")]);
    responses.publish(attempted());
    await responses.settled();
    expect(publish).toHaveBeenCalledTimes(1);
    deps.clock.ms += responsesPauseMs;
    responses.publish(attempted());
    await responses.settled();
    expect(publish).toHaveBeenCalledTimes(2);
  });

  it("delays a batch at most by the limit if the broker hangs", async () => {
    const deps = world();
    const publish = () => new Promise<void>(() => undefined);
    const waited: number[] = [];
    const later = (ms: number, run: () => void) => {
      waited.push(ms);
      queueMicrotask(run);
      return () => {};
    };
    const responses = publishResponses({ ...deps, broker: { publish }, later });
    responses.publish(attempted());
    await responses.settled();
    expect(waited).toEqual([responsesWaitMs]);
    expect(deps.errors).toEqual([new Error("the broker is slow")]);
  });
});

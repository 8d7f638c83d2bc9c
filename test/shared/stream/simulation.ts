import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { integrationsFreshMs } from "#shared/integration/model/limits.ts";
import { receiveTimesTopic } from "#shared/platform/topic.ts";
import { type EventStream, followEvents } from "#shared/stream/follow/followEvents.ts";
import type { Listening, LiveEvents } from "#shared/stream/ports.ts";
import { type Cursor, eventHash, readCursor } from "#shared/stream/position.ts";
import { encodeReceiveTimes } from "#shared/stream/receiveTimes.ts";
import { memoryListeners } from "../../memory/event/listeners.ts";
import { memoryRecentEvents } from "../../memory/event/recentEvents.ts";
import { base64, fleet, someTime } from "../../memory/samples.ts";
import { virtualTime } from "../../simulation/virtualTime.ts";

/** An event: when the broker receives it, and the delays until it arrives live and is stored. */
export interface Trip {
  readonly text: string;
  readonly at: number;
  readonly liveMs: number;
  readonly storeMs: number;
  /** The delay from its storage until its receive time is published, if it ever is. */
  readonly receiveTimeMs?: number | undefined;
}

/**
 * A connection of a client: its length, the frames that are lost at its end, and the pause after
 * it.
 */
export interface Visit {
  readonly lastsMs: number;
  readonly lostFrames: number;
  readonly awayMs: number;
  /** The cloud ends the stream, and the client, which sends no cursor, resumes at its handover. */
  readonly isHandedOver?: boolean;
}

interface Frame {
  readonly text?: string;
  readonly cursor?: string | undefined;
}

/** Simulates a client of a fleet's events. Returns the events it has seen, and the gaps. */
export const simulate = async (
  trips: readonly Trip[],
  visits: readonly Visit[],
  pageEvents: number,
) => {
  const time = virtualTime(someTime);
  const rows = new Map<string, Listening>();
  /** The renewals of the listening period. Workers read them a little later. */
  const said: { at: number; until: number }[] = [];
  const inMemory = memoryListeners(rows);
  const listeners = {
    ...inMemory,
    async listen(...all: Parameters<typeof inMemory.listen>) {
      said.push({ at: time.now(), until: all[2] });
      return inMemory.listen(...all);
    },
  };
  const recentEvents = memoryRecentEvents(time.now, pageEvents);
  const open = new Set<Parameters<LiveEvents["subscribe"]>[1]>();
  const liveEvents: LiveEvents = {
    async subscribe(_, on) {
      open.add(on);
      return {
        ping: () => time.at(time.now() + 20, () => open.has(on) && on.pong?.(time.now() - 20)),
        close: async () => void open.delete(on),
      };
    },
  };
  const publishReceiveTime = ({ topic, data, receivedAt }: ReceivedEvent): void => {
    const payload = encodeReceiveTimes([{ hash: eventHash(topic, data), at: receivedAt }]);
    for (const on of open) on.message({ topic: receiveTimesTopic(fleet), payload });
  };
  trips.forEach(({ text, at, liveMs, storeMs, receiveTimeMs }, i) => {
    const topic = `events/${fleet}/d1/n`;
    const received: ReceivedEvent = {
      topic,
      receivedAt: someTime + at,
      id: `m${i}`,
      data: base64(text),
    };
    time.at(someTime + at, () => {
      for (const on of open) {
        time.at(time.now() + liveMs, () => {
          if (open.has(on)) on.message({ topic, payload: Buffer.from(text) });
        });
      }
    });
    time.at(someTime + at + storeMs, () => {
      const known = said.filter((one) => one.at <= time.now() - integrationsFreshMs);
      if (known.some(({ until }) => until > time.now())) {
        void recentEvents.put([{ fleet, received }]);
        if (receiveTimeMs !== undefined)
          time.at(time.now() + receiveTimeMs, () => publishReceiveTime(received));
      }
    });
  });

  const seen: string[] = [];
  const gaps: string[] = [];
  let cursor: string | undefined;
  let resumableAt: number | undefined;
  let handover: Cursor | undefined;
  for (const { lastsMs, lostFrames, awayMs, isHandedOver = false } of visits) {
    const frames: Frame[] = [];
    let eventStream: EventStream | undefined;
    const after = handover ?? (cursor === undefined ? undefined : readCursor(cursor));
    followEvents(
      { filter: { fleet, prefix: "" }, after },
      {
        localRegion: { liveEvents, recentEvents },
        remoteRegions: [],
        listeners,
        now: time.now,
        wait: time.wait,
        onError: () => {},
      },
      {
        event: ({ text }, id) => frames.push({ text, cursor: id }),
        cursor: (id) => frames.push({ cursor: id }),
        gap: (why) => gaps.push(why),
        drained: async () => {},
        end: () => {},
      },
    ).then(
      (opened) => {
        eventStream = opened;
      },
      () => {},
    );
    const end = time.now() + lastsMs;
    while (time.now() < end) {
      await time.run(Math.min(end, time.now() + 8_000));
      if (time.now() < end) frames.push({ cursor: eventStream?.newCursor() });
    }
    await eventStream?.close();
    handover = isHandedOver ? eventStream?.position()?.position : undefined;
    for (const frame of frames.slice(0, Math.max(0, frames.length - lostFrames))) {
      if (frame.text !== undefined) seen.push(frame.text);
      cursor = frame.cursor ?? cursor;
      if (cursor !== undefined) resumableAt ??= readCursor(cursor)!.at - someTime;
    }
    await time.run(time.now() + awayMs);
  }
  return { seen, gaps, resumableAt, cursor };
};

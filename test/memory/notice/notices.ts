import type { IncidentLog, LogEntry } from "#shared/notice/incident/incidentLog.ts";
import {
  type FanOut,
  type FanOuts,
  type Notice,
  type Notices,
  noticeKey,
} from "#shared/notice/outbox/notice.ts";
import type { SenderLease } from "#shared/notice/outbox/senderLease.ts";

/** A page of sorted entries after a key. */
const pageOf = <Value>(
  entries: readonly (readonly [string, Value])[],
  { limit, after }: { limit: number; after?: string | undefined },
): { values: Value[]; next?: string } => {
  const from = after === undefined ? 0 : entries.findIndex(([key]) => key === after) + 1;
  const page = entries.slice(from, from + limit);
  const last = page.at(-1)?.[0];
  const values = page.map(([, value]) => value);
  return { values, ...(entries.length > from + limit && last !== undefined && { next: last }) };
};

const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] =>
  [...map].sort(([one], [other]) => (one < other ? -1 : 1));

/** Notices in memory. */
export const memoryNotices = (): Notices & { readonly all: () => Notice[] } => {
  const byKey = new Map<string, Notice>();
  const keyOf = (notice: Notice): string => `${notice.incident}#${noticeKey(notice)}`;
  return {
    all: () => [...byKey.values()],
    async add(notice) {
      if (!byKey.has(keyOf(notice))) byKey.set(keyOf(notice), notice);
    },
    async put(notice) {
      byKey.set(keyOf(notice), notice);
    },
    async page({ incident, update }, page) {
      const prefix = `${incident}#${update === undefined ? "" : `${update}#`}`;
      const own = sorted(byKey).filter(([key]) => key.startsWith(prefix));
      const { values: notices, ...next } = pageOf(own, page);
      return { notices, ...next };
    },
  };
};

/** Fan-outs in memory. */
export const memoryFanOuts = (): FanOuts => {
  const byKey = new Map<string, FanOut>();
  return {
    list: async (since) => [...byKey.values()].filter(({ createdAt }) => createdAt >= since),
    find: async ({ incident, update }) => byKey.get(`${incident}#${update}`),
    async put(fanOut) {
      const key = `${fanOut.incident}#${fanOut.update}`;
      if ((byKey.get(key)?.revision ?? 0) !== fanOut.revision) return undefined;
      const written = { ...fanOut, revision: fanOut.revision + 1 };
      byKey.set(key, written);
      return written;
    },
  };
};

/** The log of changes in memory. */
export const memoryIncidentLog = (): IncidentLog => {
  const entries: LogEntry[] = [];
  return {
    async add(entry) {
      entries.push(entry);
    },
    list: async (incident) => entries.filter((one) => one.incident === incident).toReversed(),
  };
};

/** The lease of the sender in memory. */
export const memorySenderLease = (): SenderLease => {
  let held = { region: "", until: 0 };
  return {
    async acquire({ region, now, until }) {
      const isHeld = held.until >= now;
      if (isHeld && held.region !== region) return false;
      held = { region, until };
      return isHeld;
    },
  };
};

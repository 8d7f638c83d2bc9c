import { setTimeout as wait } from "node:timers/promises";
import { driftMs, driftPartsMax, driftReadMs, muteMs } from "../limits.ts";
import type { Reading } from "../reading.ts";
import type { Deployments } from "./deployment.ts";
import { type Drift, findDrift } from "./findDrift.ts";

interface DriftDeps {
  /** The region whose alarms are compared. */
  readonly region: string;
  readonly deployments: Pick<Deployments, "read">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** What a worker remembers from one check to the next. */
interface Memory {
  checkedAt?: number;
  /** Since when checks have failed. */
  failingSince?: number;
  /** When each difference was found first, by its text. */
  since: ReadonlyMap<string, number>;
}

/**
 * Compares the deployed path of pages with the templates every 15 minutes, and returns a reading
 * after each check. A difference pages when the next check has it too: a deployment changes the
 * template before the resources. Call it every minute.
 */
export const openDriftCheck = ({
  region,
  deployments,
  now,
  onError,
}: DriftDeps): (() => Promise<Reading[]>) => {
  const memory: Memory = { since: new Map() };
  return async () => {
    const at = now();
    if (memory.checkedAt !== undefined && at - memory.checkedAt < driftMs) return [];
    memory.checkedAt = at;
    try {
      const all = findDrift(await inTime(deployments.read(region)));
      const found = all.filter(({ hasOwnPage }) => hasOwnPage !== true);
      delete memory.failingSince;
      memory.since = new Map(found.map(({ text }) => [text, memory.since.get(text) ?? at]));
      const lasting = found.filter(({ text, isTemporary }) => {
        const since = memory.since.get(text) ?? at;
        return at - since >= (isTemporary ? muteMs : driftMs);
      });
      const isUndecided = found.length > lasting.length;
      return [driftReading(lasting, { region, at, isUndecided, since: memory.since })];
    } catch (error) {
      onError("the alarms were not compared with their template", error);
      memory.failingSince ??= at;
      return at - memory.failingSince < muteMs ? [] : [unread(region, at, memory.failingSince)];
    }
  };
};

/** The pages of the run wait for it. */
const inTime = async <T>(work: Promise<T>): Promise<T> => {
  const stop = new AbortController();
  const late = wait(driftReadMs, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`not read within ${driftReadMs} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
};

/** One page for all differences. It ends when a check finds none. */
const driftReading = (
  found: readonly Drift[],
  {
    region,
    at,
    isUndecided,
    since,
  }: {
    readonly region: string;
    readonly at: number;
    /** Whether something was found that an open page of another worker may be about. */
    readonly isUndecided: boolean;
    readonly since: ReadonlyMap<string, number>;
  },
): Reading => {
  const source = `drift/${region}`;
  if (found.length === 0) {
    return { source, at, signals: [], unknown: isUndecided ? ["drift"] : [] };
  }
  const sorted = [...found].sort(({ severity: one }, { severity: other }) =>
    one === other ? 0 : one === "error" ? -1 : 1,
  );
  return {
    source,
    at,
    signals: [
      {
        key: "drift",
        region,
        summary: `The alarms of ${region}, or their actions, differ from the template: ${found.length} differences.`,
        severity: sorted[0]?.severity ?? "warning",
        components: [],
        runbook: "the-alarms-differ-from-the-template",
        slice: sorted.slice(0, driftPartsMax).map(({ text }) => text),
        reason: sorted.map(({ text }) => text).join(" "),
        since: Math.min(...found.map(({ text }) => since.get(text) ?? at)),
      },
    ],
  };
};

const unread = (region: string, at: number, since: number): Reading => ({
  source: `drift/${region}`,
  at,
  signals: [
    {
      key: "unread",
      region,
      summary: `The alarms of ${region} cannot be compared with their template.`,
      severity: "warning",
      components: [],
      runbook: "the-alarms-differ-from-the-template",
      since,
    },
  ],
  unknown: ["drift"],
});

import { isUnexpired } from "../../platform/isUnexpired.ts";
import { localReadMsMax, tablesPauseMs } from "../../platform/limits.ts";
import type { Tables } from "../call/tables.ts";
import { crossRegionRetry, openTables, standardRetry } from "./clients.ts";

interface Deployment {
  readonly region: string;
  /** All regions with a replica. */
  readonly regions: readonly string[];
}

type OnError = (what: string, error: unknown) => void;

/**
 * Opens the global tables, using the replicas of this region. If a read fails or takes too long, it
 * is repeated in another region, whose data may be slightly older; for a while, all reads then go
 * there. Writes go only to this region's replica, so that two regions do not decide about one row.
 */
export const openGlobalTables = (deployment: Deployment, onError: OnError): Tables =>
  openWithFailover(deployment, onError).tables;

/**
 * The same for dead letters and the audit log. Each row is written once, complete, under its own
 * key, so another region's replica can accept the write when this one is unavailable.
 */
export const openGlobalRecords = (deployment: Deployment, onError: OnError): Tables => {
  const { local, run, tables } = openWithFailover(deployment, onError);
  return { ...tables, put: (input) => run(local, (db) => db.put(input)) };
};

const openWithFailover = (deployment: Deployment, onError: OnError) => {
  const local = openTables(standardRetry, deployment.region);
  const run = openFailover(deployment, onError);
  const tables: Tables = {
    ...local,
    get: (input) => run(local, (db) => db.get(input)),
    query: (input) => run(local, (db) => db.query(input)),
    batchGet: (input) => run(local, (db) => db.batchGet(input)),
  };
  return { local, run, tables };
};

type Request<Answer> = (db: Tables) => Promise<Answer>;

/** Runs a request in this region, or in another one while this region does not respond. */
const openFailover = ({ region, regions }: Deployment, onError: OnError) => {
  const others = regions
    .filter((other) => other !== region)
    .map((other) => openTables(crossRegionRetry, other));
  let pausedUntil = 0;
  const runInOtherRegion = async <Answer>(
    request: Request<Answer>,
  ): Promise<{ answer: Answer } | undefined> => {
    for (const db of others) {
      try {
        return { answer: await request(db) };
      } catch {
        // Try the next region. If all fail, the error of this region is reported.
      }
    }
    return undefined;
  };
  return async <Answer>(local: Tables, request: Request<Answer>): Promise<Answer> => {
    if (others.length === 0) return request(local);
    const isPaused = isUnexpired(pausedUntil, { now: Date.now(), ms: tablesPauseMs });
    const replacement = isPaused ? await runInOtherRegion(request) : undefined;
    if (replacement !== undefined) return replacement.answer;
    try {
      return await withTimeout(request(local));
    } catch (error) {
      if (isClientError(error)) throw error;
      if (!isPaused) onError(`the tables of ${region} do not respond`, error);
      pausedUntil = Date.now() + tablesPauseMs;
      const other = isPaused ? undefined : await runInOtherRegion(request);
      if (other === undefined) throw error;
      return other.answer;
    }
  };
};

/** Whether the request itself is wrong, so another region would fail too. */
const isClientError = (error: unknown): boolean =>
  error instanceof Error && clientErrors.includes(error.name);

const clientErrors = [
  "ValidationException",
  "AccessDeniedException",
  "ConditionalCheckFailedException",
];

/** Rejects after `localReadMsMax`; another region is then tried. */
const withTimeout = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timeout")), localReadMsMax);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

import { randomBytes } from "node:crypto";
import { Failure } from "../platform/failure.ts";
import type { AuditIntent, AuditOutcome } from "./auditEntry.ts";
import type { AuditLog } from "./auditLog.ts";

/** Identifies an entry within the millisecond of its fleet. */
export const newAuditId = (): string => randomBytes(9).toString("hex");

interface Deps {
  readonly log: Pick<AuditLog, "begin" | "end">;
  /** Called when the outcome of a change could not be stored. */
  readonly onError: (what: "audit outcome", error: unknown) => void;
}

/**
 * Runs a change with its entry in the audit log. The entry is stored first, so no change is without
 * one: if it cannot be stored, this fails with `unavailable`, and nothing changes. The outcome is
 * stored after the change. A crash in between leaves an entry with an unknown outcome, which is
 * listed as such.
 */
export const recordChange = async <Result>(
  intent: AuditIntent,
  run: () => Promise<Result>,
  describe: (result: Result) => Promise<Omit<AuditOutcome, "outcome">>,
  deps: Deps,
): Promise<Result> => {
  await beginChange(intent, deps);
  try {
    const result = await run();
    await endChange(intent, async () => ({ ...(await describe(result)), outcome: "done" }), deps);
    return result;
  } catch (error) {
    const failure = error instanceof Failure ? error.code : "error";
    await endChange(intent, async () => ({ outcome: "failed", failure }), deps);
    throw error;
  }
};

/** Stores the entry of a change that follows. Fails with `unavailable`. */
export const beginChange = async (intent: AuditIntent, { log }: Deps): Promise<void> => {
  try {
    await log.begin(intent);
  } catch (cause) {
    throw new Failure("The change cannot be recorded now, so nothing was changed. Try again.", {
      code: "unavailable",
      cause,
    });
  }
};

/** Stores the outcome of a change. Never fails: the change has happened. */
export const endChange = async (
  intent: AuditIntent,
  describe: () => Promise<AuditOutcome>,
  { log, onError }: Deps,
): Promise<void> => {
  try {
    await log.end(intent, await describe());
  } catch (error) {
    onError("audit outcome", error);
  }
};

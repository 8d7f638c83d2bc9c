import type * as z from "zod/mini";
import type { Announce } from "#shared/audit/announce.ts";
import type { AuditAction } from "#shared/audit/auditActions.ts";
import type { AuditIntent } from "#shared/audit/auditEntry.ts";
import { type AuditLog, deploymentLog } from "#shared/audit/auditLog.ts";
import { stateOf } from "#shared/audit/auditState.ts";
import { beginChange, endChange, newAuditId } from "#shared/audit/recordChange.ts";
import { isRecord } from "#shared/platform/isRecord.ts";
import { logger } from "./logger.ts";
import { answer } from "./oneRequest.ts";

interface Deps {
  readonly log: AuditLog;
  readonly now: () => number;
  /** The fleet of the user, the product or the device that a request names, if it names one. */
  readonly findFleet: (input: Readonly<Record<string, unknown>>) => Promise<string | undefined>;
}

/** The fields that name the subject of a request, by its kind. */
const subjectFields: Readonly<Record<string, readonly string[]>> = {
  user: ["username"],
  // The user whose tokens and sessions they are.
  token: ["id", "username"],
  session: ["username"],
  device: ["device"],
  certificate: ["device"],
};

/** Of the other kinds. */
const otherFields = ["id", "incident", "product", "region"];

/**
 * Makes the answers of requests that change something: each runs with its entry in the audit log of
 * the affected fleet, with the operator as the actor. If the fleet does not exist before the
 * change, `run` announces it; otherwise the entry is in the log of the deployment.
 */
export const recordAdmin = (deps: Deps) => {
  const { log, now, findFleet } = deps;
  const onError = (what: string, error: unknown): void =>
    logger.error(`the ${what} was not stored: the entry stays without one`, { error });
  return <Schema extends z.core.$ZodType>(
    action: AuditAction | ((input: z.output<Schema>) => AuditAction),
    schema: Schema,
    run: (input: z.output<Schema>, announce: Announce) => Promise<object>,
    { announces = false }: { announces?: boolean } = {},
  ) =>
    answer(schema, async (input) => {
      const fields = isRecord(input) ? input : {};
      let intent: AuditIntent | undefined;
      const begin = async (fleet: string): Promise<void> => {
        const name = typeof action === "function" ? action(input) : action;
        const made = intentOf(name, { fleet, fields, now: now() });
        await beginChange(made, { log, onError });
        intent = made;
      };
      if (!announces) await begin((await findFleet(fields)) ?? deploymentLog);
      const end = async (outcome: Parameters<AuditLog["end"]>[1]): Promise<void> => {
        if (intent !== undefined) await endChange(intent, async () => outcome, { log, onError });
      };
      try {
        const result = await run(input, ({ fleet }) => begin(fleet));
        const after = stateOf(result);
        const subject = intent && createdSubject(intent.subject, result);
        await end({ outcome: "done", ...(subject && { subject }), ...(after && { after }) });
        return result;
      } catch (error) {
        const failure = isRecord(error) && typeof error.code === "string" ? error.code : "error";
        await end({ outcome: "failed", failure });
        throw error;
      }
    });
};

const intentOf = (
  action: AuditAction,
  { fleet, fields, now }: { fleet: string; fields: Readonly<Record<string, unknown>>; now: number },
): AuditIntent => {
  const [kind = ""] = action.split(".");
  const names = subjectFields[kind] ?? otherFields;
  const named = names.map((name) => fields[name]).find((value) => value !== undefined);
  const isText = typeof named === "string" || typeof named === "number";
  return {
    id: newAuditId(),
    fleet,
    at: now,
    actor: { kind: "operator" },
    action,
    subject: { kind, ...(isText && { id: String(named) }) },
    fields: Object.keys(fields),
  };
};

/** The subject with the id from the result; `undefined` if the request had it. */
const createdSubject = (
  subject: AuditIntent["subject"],
  result: object,
): AuditIntent["subject"] | undefined => {
  const id = isRecord(result) ? result.id : undefined;
  const isText = typeof id === "string" || typeof id === "number";
  return subject.id === undefined && isText ? { ...subject, id: String(id) } : undefined;
};

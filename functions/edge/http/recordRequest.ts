import type { APIGatewayProxyEvent } from "aws-lambda";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { FailedChanges } from "#shared/account/caller/failedChanges.ts";
import { apiUserDomain } from "#shared/account/oauth/apiUser.ts";
import { tokenId } from "#shared/account/token/token.ts";
import { type Access, operatorScope } from "#shared/api/scopes.ts";
import type { Announce } from "#shared/audit/announce.ts";
import type { AuditedAction } from "#shared/audit/auditActions.ts";
import type { AuditIntent, AuditOutcome } from "#shared/audit/auditEntry.ts";
import { type AuditLog, deploymentLog } from "#shared/audit/auditLog.ts";
import { differencesOf, stateOf } from "#shared/audit/auditState.ts";
import { auditFieldsMax, auditTextCharsMax } from "#shared/audit/limits.ts";
import { beginChange, endChange, newAuditId, recordChange } from "#shared/audit/recordChange.ts";
import { isRecord } from "#shared/platform/isRecord.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { Route } from "#shared/routes/route.ts";
import { logger } from "../logger.ts";
import { Raw, Status, Versioned, WithCookie } from "./reply.ts";
import { type Fields, header, readPath } from "./request.ts";

/** Reads the state of a subject as its owner sees it; `undefined` if there is none. */
export type ReadState = (id: string, caller: Caller) => Promise<object | undefined>;

/** Records the changes that requests make. */
export interface Auditor {
  readonly log: AuditLog;
  readonly now: () => number;
  readonly failedChanges: FailedChanges;
  /** Reads the states of subjects before and after a change, by the kind of the subject. */
  readonly states: Readonly<Record<string, ReadState>>;
}

/** A request that may change something. */
export interface ChangingRequest {
  readonly event: APIGatewayProxyEvent;
  readonly spec: AuditedAction;
  readonly fields: Fields;
  readonly access: Access;
}

/** What a request with this input records; `undefined` if it changes nothing, such as a plan. */
export const specOf = ({ audit }: Route, input: unknown): AuditedAction | undefined =>
  audit === undefined || "none" in audit || (isRecord(input) && input.plan === true)
    ? undefined
    : audit;

const deps = ({ log }: Auditor) => ({
  log,
  onError: (what: string, error: unknown) =>
    logger.error(`the ${what} was not stored: the entry stays without one`, { error }),
});

/**
 * Runs a request of a caller with its entry in the audit log of the caller's fleet, or of `fleet`.
 * Fails with `too_many_requests`, without an entry, after too many failed changes of the caller.
 */
export const recordRequest = async <Answer>(
  request: ChangingRequest & { readonly caller: Caller; readonly fleet?: string | undefined },
  run: () => Promise<Answer>,
  auditor: Auditor,
): Promise<Answer> => {
  const { caller, spec, access } = request;
  const { states } = auditor;
  const intent = intentOf(request, {
    fleet: request.fleet ?? logOf(request),
    actor: actorOf(caller, access),
    now: auditor.now(),
  });
  const { kind, id } = intent.subject;
  const by = { fleet: intent.fleet, username: caller.username };
  auditor.failedChanges.require(by);
  const counted = async (): Promise<Answer> => {
    try {
      return await run();
    } catch (error) {
      await auditor.failedChanges.count(by);
      throw error;
    }
  };
  const read = async (of: string | undefined): Promise<object | undefined> =>
    of === undefined ? undefined : await states[kind]?.(of, caller).catch(() => undefined);
  // A subject without an id is that of the fleet, such as its user.
  const known = id ?? (spec.created === undefined ? "" : undefined);
  const before = await read(known);
  // A request may name its subject by a name, which it may change.
  const found = idIn(before);
  const describe = async (answer: Answer): Promise<Omit<AuditOutcome, "outcome">> => {
    const body = bodyOf(answer);
    const created = id === undefined ? textAt(body, spec.created ?? "") : undefined;
    const after = await read(found ?? known ?? created);
    const isUnknown = before === undefined && after === undefined;
    const reply = isUnknown ? stateOf(body) : undefined;
    const of = omitUndefined({ id: found ?? created, name: nameIn(after ?? before) });
    return {
      ...(Object.keys(of).length > 0 && { subject: { ...intent.subject, ...of } }),
      ...differencesOf(before, after),
      ...(reply && Object.keys(reply).length > 0 && { after: reply }),
    };
  };
  return recordChange(intent, counted, describe, deps(auditor));
};

/** The changes of operators belong to no fleet. */
const logOf = ({ caller, spec, access }: ChangingRequest & { readonly caller: Caller }): string => {
  if (access === operatorScope) return deploymentLog;
  return spec.own ? caller.token.fleet : caller.fleet;
};

/** Runs a request without a token, which announces its change when it knows the user. */
export const recordAnnounced = async <Answer>(
  request: ChangingRequest,
  run: (announce: Announce) => Promise<Answer>,
  auditor: Auditor,
): Promise<Answer> => {
  let intent: AuditIntent | undefined;
  const announce: Announce = async ({ username, fleet }) => {
    if (intent !== undefined) return;
    const actor = { kind: "user" as const, name: username };
    const made = intentOf(request, { fleet, actor, now: auditor.now() });
    await beginChange(made, deps(auditor));
    intent = made;
  };
  const end = async (outcome: AuditOutcome): Promise<void> => {
    if (intent !== undefined) await endChange(intent, async () => outcome, deps(auditor));
  };
  try {
    const answer = await run(announce);
    if (intent === undefined && request.spec.sometimes !== true) {
      throw new Error(`${request.spec.action}: a change without an entry in the audit log`);
    }
    await end({ outcome: "done" });
    return answer;
  } catch (error) {
    const code = isRecord(error) && typeof error.code === "string" ? error.code : "error";
    await end({ outcome: "failed", failure: code });
    throw error;
  }
};

const shortened = (text: string): string => text.slice(0, auditTextCharsMax);

const intentOf = (
  { event, spec, fields }: ChangingRequest,
  { fleet, actor, now }: { fleet: string; actor: AuditIntent["actor"]; now: number },
): AuditIntent => {
  const path = readPath(event);
  const [kind = ""] = spec.action.split(".");
  const id = textAt({ ...fields, ...path }, spec.id ?? "");
  const given = Object.keys(fields).filter((name) => name !== "access_token" && !(name in path));
  const userAgent = header(event, "user-agent");
  return {
    id: newAuditId(),
    fleet,
    at: now,
    actor,
    action: spec.action,
    subject: { kind, ...(id !== undefined && { id }) },
    fields: given.slice(0, auditFieldsMax).map(shortened),
    origin: {
      address: event.requestContext.identity.sourceIp,
      ...(userAgent !== undefined && { userAgent: shortened(userAgent) }),
    },
    requestId: event.requestContext.requestId,
  };
};

const actorOf = ({ username, token }: Caller, access: Access): AuditIntent["actor"] => {
  const id = tokenId(token);
  if (access === operatorScope) return { kind: "operator", name: username, token: id };
  if (token.product === undefined) return { kind: "user", name: username, token: id };
  const name = username.endsWith(apiUserDomain) ? username : token.client;
  return { kind: "client", name, token: id };
};

/** The body of a reply. */
const bodyOf = (answer: unknown): unknown => {
  if (answer instanceof Raw) return undefined;
  if (answer instanceof Status || answer instanceof WithCookie || answer instanceof Versioned) {
    return bodyOf(answer.body);
  }
  if (!isRecord(answer)) return undefined;
  const { ok: _, ...body } = answer;
  return body;
};

/** The text or number at a path with dots; `undefined` if there is none. */
const textAt = (value: unknown, path: string): string | undefined => {
  let found = value;
  for (const name of path.split(".")) found = isRecord(found) ? found[name] : undefined;
  const isText = typeof found === "string" || typeof found === "number";
  return isText ? shortened(String(found)) : undefined;
};

const idIn = (state: object | undefined): string | undefined => textAt(state, "id");

const nameIn = (state: object | undefined): string | undefined => textAt(state, "name");

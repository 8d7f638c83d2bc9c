/** A message as a rule sees it. */
export interface RuleMessage {
  /** Without the prefix of basic ingest. */
  readonly topic: string;
  readonly payload: Buffer;
  /** Who published it over MQTT; nobody for the HTTP `Publish`. */
  readonly clientId?: string;
}

/** What an expression of the rule SQL gives for a message. `undefined` is the SQL's own Undefined. */
export type Expression = (message: RuleMessage) => unknown;

/** Why an SQL statement does not apply to a message, such as fields of a payload that is not JSON. */
export class SqlEvaluationError extends Error {
  override readonly name = "SqlFailure";
}

/** The payload as a JSON object. Fails with an `SqlEvaluationError` when it is something else. */
export const jsonObject = (message: RuleMessage): object => {
  const value = parsed(message);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SqlEvaluationError("the payload is not a JSON object");
};

/** A statement may name many fields, and a payload may be large. */
const known = new WeakMap<RuleMessage, { readonly value: unknown }>();

const parsed = (message: RuleMessage): unknown => {
  const before = known.get(message);
  if (before !== undefined) return before.value;
  const value = readJson(message.payload);
  known.set(message, { value });
  return value;
};

const readJson = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
};

/** A field of the payload, and of objects in it: `a.b`. */
export const field =
  (path: readonly string[]): Expression =>
  (message) =>
    path.reduce<unknown>(
      (value, name) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name)
          ? Reflect.get(value, name)
          : undefined,
      jsonObject(message),
    );

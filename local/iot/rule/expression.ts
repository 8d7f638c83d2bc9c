/** A message for rules. */
export interface RuleMessage {
  /** Without the prefix of basic ingest. */
  readonly topic: string;
  readonly payload: Buffer;
  /** The publisher over MQTT; absent for the HTTP `Publish`. */
  readonly clientId?: string;
}

/** Evaluates an expression of the rule SQL for a message. `undefined` is the SQL's Undefined. */
export type Expression = (message: RuleMessage) => unknown;

/** The SQL statement does not apply to a message, for example because the payload is not JSON. */
export class SqlEvaluationError extends Error {
  override readonly name = "SqlFailure";
}

/** The payload as a JSON object. Fails with an `SqlEvaluationError` otherwise. */
export const jsonObject = (message: RuleMessage): object => {
  const value = parsed(message);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SqlEvaluationError("the payload is not a JSON object");
};

/** Parsed payloads: a statement may use many fields of a large payload. */
const parsedPayloads = new WeakMap<RuleMessage, { readonly value: unknown }>();

const parsed = (message: RuleMessage): unknown => {
  const before = parsedPayloads.get(message);
  if (before !== undefined) return before.value;
  const value = readJson(message.payload);
  parsedPayloads.set(message, { value });
  return value;
};

const readJson = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
};

/** A field of the payload or of a nested object: `a.b`. */
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

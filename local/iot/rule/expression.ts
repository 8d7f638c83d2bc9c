import { randomUUID } from "node:crypto";

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
export class SqlFailure extends Error {
  override readonly name = "SqlFailure";
}

/** The payload as a JSON object. Fails with an `SqlFailure` when it is something else. */
export const jsonObject = ({ payload }: RuleMessage): object => {
  const value = parsed(payload);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SqlFailure("the payload is not a JSON object");
};

const parsed = (payload: Buffer): unknown => {
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

/** What a function was called with: a constant, or `*` for the payload. */
export type Argument = { readonly constant: string | number } | { readonly payload: true };

const notOverMqtt = "n/a";

/**
 * The functions that are understood, by name. `undefined` when the arguments are not ones that are.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 */
export const functions: Readonly<
  Record<string, (args: readonly Argument[]) => Expression | undefined>
> = {
  topic: ([level, ...others]) => {
    if (level === undefined) return ({ topic }) => topic;
    if (others.length > 0 || !("constant" in level)) return undefined;
    const { constant } = level;
    if (typeof constant !== "number" || !Number.isInteger(constant) || constant < 1)
      return undefined;
    return ({ topic }) => topic.split("/")[constant - 1];
  },
  timestamp: (args) => (args.length === 0 ? () => Date.now() : undefined),
  newuuid: (args) => (args.length === 0 ? () => randomUUID() : undefined),
  clientid: (args) => (args.length === 0 ? ({ clientId }) => clientId ?? notOverMqtt : undefined),
  encode: ([value, scheme, ...others]) => {
    const isPayload = value !== undefined && "payload" in value;
    const isBase64 = scheme !== undefined && "constant" in scheme && scheme.constant === "base64";
    if (!isPayload || !isBase64 || others.length > 0) return undefined;
    return ({ payload }) => payload.toString("base64");
  },
};

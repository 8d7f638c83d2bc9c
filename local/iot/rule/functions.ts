import { randomUUID } from "node:crypto";
import { toNumber, toText } from "./conversion.ts";
import type { Expression } from "./expression.ts";

/** An argument of a function call. */
export interface Argument {
  readonly value: Expression;
  /** The value, when it is a constant. */
  readonly constant?: string | number;
  /** `*`: the raw payload. */
  readonly isPayload?: true;
}

const notOverMqtt = "n/a";

/**
 * The supported functions by name. Each returns `undefined` for unsupported arguments.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 */
export const functions: Readonly<
  Record<string, (args: readonly Argument[]) => Expression | undefined>
> = {
  topic: ([level, ...others]) => {
    if (level === undefined) return ({ topic }) => topic;
    const { constant } = level;
    const isLevel = typeof constant === "number" && Number.isInteger(constant) && constant >= 1;
    if (others.length > 0 || !isLevel) return undefined;
    return ({ topic }) => topic.split("/")[constant - 1];
  },
  timestamp: (args) => (args.length === 0 ? () => Date.now() : undefined),
  newuuid: (args) => (args.length === 0 ? () => randomUUID() : undefined),
  clientid: (args) => (args.length === 0 ? ({ clientId }) => clientId ?? notOverMqtt : undefined),
  encode: ([value, scheme, ...others]) => {
    const isKnown = value?.isPayload && scheme?.constant === "base64" && others.length === 0;
    return isKnown ? ({ payload }) => payload.toString("base64") : undefined;
  },
  floor: ([value, ...others]) => {
    if (value === undefined || value.isPayload || others.length > 0) return undefined;
    return (message) => {
      const number = toNumber(value.value(message));
      return number === undefined ? undefined : Math.floor(number);
    };
  },
  concat: (args) => {
    if (args.length < 2 || args.some(({ isPayload }) => isPayload)) return undefined;
    return (message) => concatenated(args.map(({ value }) => value(message)));
  },
  regexp_matches: ([value, pattern, ...others]) => {
    const source = pattern?.constant;
    if (value === undefined || value.isPayload || others.length > 0) return undefined;
    const expression = typeof source === "string" ? regularExpression(source) : undefined;
    if (expression === undefined) return undefined;
    return (message) => {
      const text = toText(value.value(message));
      return text === undefined ? undefined : expression.test(text);
    };
  },
};

/** Arrays concatenate to an array; otherwise one value must be text, and all become text. */
const concatenated = (values: readonly unknown[]): unknown => {
  if (values.some(Array.isArray)) return values.filter((value) => value !== undefined).flat();
  if (!values.some((value) => typeof value === "string")) return undefined;
  const texts = values.map(toText);
  return texts.includes(undefined) ? undefined : texts.join("");
};

/**
 * IoT Core uses Java's regular expressions. Expressions with a different meaning in JavaScript are
 * not detected.
 */
const regularExpression = (source: string): RegExp | undefined => {
  try {
    return new RegExp(source, "u");
  } catch {
    return undefined;
  }
};

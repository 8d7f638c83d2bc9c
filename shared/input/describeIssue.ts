import type * as z from "zod/mini";
import { closestName } from "./closestName.ts";

/** Messages for times and booleans, with examples. */
export const timeMessage =
  "must be a time, for example 2026-01-31T12:00:00Z, or milliseconds since 1970, for example 1769860800000";
export const flagMessage = "must be true or false";

/** The message for a value when a schema has no specific one. */
export const invalidKind = "has a type that is not allowed here";

/** Maximum number of choices in a message. */
const shownChoicesMax = 12;

const kinds: Readonly<Record<string, string>> = {
  string: 'must be a text, for example "abc"',
  number: "must be a number, for example 10",
  int: "must be a whole number, for example 10",
  boolean: flagMessage,
  object: 'must be an object, for example {"name": "abc"}',
  record: 'must be an object, for example {"name": "abc"}',
  array: 'must be a list, for example ["abc"]',
};

const formats: Readonly<Record<string, string>> = {
  datetime: "must be a time with its offset, for example 2026-01-31T12:00:00Z",
  url: "must be a URL, for example https://example.com/path",
  email: "must be an e-mail address, for example ada@example.com",
  uuid: "must be a UUID, for example 0b0f6d3e-8a2b-4b6e-9a6c-2f1d3c4b5a69",
};

const units: Readonly<Record<string, string>> = {
  string: "characters",
  array: "entries",
  set: "entries",
  map: "entries",
  object: "fields",
};

/**
 * Describes an issue of client input in words that help the client. It replaces zod's messages for
 * all client input. A schema can define a more specific message.
 */
export const describeIssue = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : kindMessage(issue.expected);
    case "too_small":
      if (issue.origin === "string" && Number(issue.minimum) === 1) return "must not be empty";
      if (issue.inclusive === false) return `must ${verb(issue.origin)} more than ${issue.minimum}`;
      return `must ${verb(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
    case "too_big":
      if (issue.inclusive === false) return `must ${verb(issue.origin)} less than ${issue.maximum}`;
      return `must ${verb(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
    case "invalid_format":
      return formats[issue.format] ?? "has an invalid format";
    case "invalid_value":
      return issue.input === undefined ? "is missing" : choiceMessage(issue.values, issue.input);
    case "invalid_union":
      if (Array.isArray(issue.options)) return choiceMessage(issue.options, discriminatorOf(issue));
      return issue.input === undefined ? "is missing" : invalidKind;
    default:
      return "is invalid";
  }
};

/** The value that selects none of the options of a discriminated union. */
const discriminatorOf = ({ input, discriminator }: z.core.$ZodRawIssue): unknown =>
  typeof input === "object" && input !== null && typeof discriminator === "string"
    ? Object.getOwnPropertyDescriptor(input, discriminator)?.value
    : undefined;

const kindMessage = (kind: unknown): string =>
  (typeof kind === "string" ? kinds[kind] : undefined) ?? invalidKind;

const verb = (origin: unknown): string =>
  typeof origin === "string" && origin in units ? "have" : "be";

const unit = (origin: unknown): string => {
  const found = typeof origin === "string" ? units[origin] : undefined;
  return found === undefined ? "" : ` ${found}`;
};

const choiceMessage = (values: readonly unknown[], input: unknown): string => {
  const choices = values.map(String);
  if (choices.length === 1) return `must be ${choices[0]}`;
  const suggestion = typeof input === "string" ? closestName(input, choices) : undefined;
  const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  const shown = choices.slice(0, shownChoicesMax).join(", ");
  return `must be one of ${shown}${choices.length > shownChoicesMax ? ", …" : ""}${hint}`;
};

import * as z from "zod/mini";
import { Failure } from "../platform/failure.ts";
import { closestName } from "./closestName.ts";
import { describeIssue, invalidKind } from "./describeIssue.ts";
import { inputFieldsShownMax, inputIssuesMax, inputNameCharsMax } from "./limits.ts";
import { reservedName, type UnknownField, unknownFields } from "./unknownFields.ts";

/**
 * Parses client input. Fails with `invalid_request` and one sentence per issue: fields that the
 * schema does not know, at any depth, and values that it rejects. `ignored` are the names of fields
 * that another parser reads.
 */
export const readInput = <Schema extends z.core.$ZodType>(
  schema: Schema,
  fields: unknown,
  ignored?: ReadonlySet<string>,
): z.output<Schema> => {
  const parsed = z.safeParse(schema, fields, { error: describeIssue, reportInput: true });
  const unknown = unknownFields(schema, fields, ignored).map(unknownSentence);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const wrong = (parsed.error?.issues ?? []).map(issueSentence);
  throw validationFailure([...unknown, ...wrong]);
};

/** The failure that lists the issues of a request, without duplicates. */
export const validationFailure = (sentences: readonly string[]): Failure => {
  const all = [...new Set(sentences)];
  const more = all.length - inputIssuesMax;
  const shown = all.slice(0, inputIssuesMax).join("; ");
  return new Failure(more > 0 ? `${shown}; and ${more} more` : shown, { code: "invalid_request" });
};

const unknownSentence = ({ path, known, isMisplaced }: UnknownField): string => {
  if (isMisplaced) return `${named(path)}: cannot be combined with the other fields`;
  const name = path.at(-1) ?? "";
  if (name === reservedName)
    return `${named(path)}: is an unknown field: no field may have this name`;
  const suggestion = closestName(name, known);
  const hint =
    suggestion === undefined
      ? knownFields(known)
      : `; did you mean ${named([...path.slice(0, -1), suggestion])}?`;
  return `${named(path)}: is an unknown field${hint}`;
};

const knownFields = (known: readonly string[]): string => {
  if (known.length === 0) return ": no fields are allowed";
  const more = known.length > inputFieldsShownMax ? ", …" : "";
  return `: known fields are ${known.slice(0, inputFieldsShownMax).join(", ")}${more}`;
};

/** Truncates a field path: a name from a client may be as long as the body. */
const named = (path: readonly PropertyKey[]): string => {
  const text = path.map(String).join(".").toWellFormed();
  if (text === "") return "(a field without a name)";
  return text.length > inputNameCharsMax ? `${text.slice(0, inputNameCharsMax)}…` : text;
};

type Issue = z.core.$ZodIssue;

const issueSentence = (issue: Issue): string => {
  const chosen = closestIssues(issue);
  if (chosen.length === 0) return sentence(issue.path, issue.message);
  return chosen
    .map(({ path, message }) => sentence([...issue.path, ...path], message))
    .join(", or ");
};

const sentence = (path: readonly PropertyKey[], message: string): string =>
  path.length === 0 ? message : `${named(path)}: ${message}`;

/** For a value that matches no option of a union: the issues for the most similar option. */
const closestIssues = (issue: Issue): Issue[] => {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [];
  const options = issue.errors.map((errors) => errors.flatMap(flattened));
  if (options.every((errors) => errors.every(({ path }) => path.length === 0))) {
    // All options are plain values, such as a number or a list.
    return hasOwnMessage(issue.message) ? [] : distinct(options.flat());
  }
  const missing = options.filter((errors) => errors.every(isMissing));
  if (missing.length === options.length) return distinct(missing.flat());
  const given = options.filter((errors) => !errors.every(isMissing));
  const counts = (errors: readonly Issue[]): number =>
    errors.filter(isMissing).length * 2 + errors.filter(({ path }) => path.length === 0).length;
  return given.toSorted((one, other) => counts(one) - counts(other))[0] ?? [];
};

const flattened = (issue: Issue): Issue[] => {
  const inner = closestIssues(issue);
  return inner.length === 0
    ? [issue]
    : inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
};

/** Whether the schema of a union has its own error message. */
const hasOwnMessage = (message: string): boolean => message !== invalidKind;

const isMissing = ({ input }: Issue): boolean => input === undefined;

const distinct = (issues: readonly Issue[]): Issue[] => [
  ...new Map(issues.map((issue) => [`${issue.path.join(".")}: ${issue.message}`, issue])).values(),
];

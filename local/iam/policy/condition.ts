import * as z from "zod";
import { type Context, literalMatcher, type TextMatcher, textMatcher } from "./pattern.ts";

/** Whether a request's context meets the condition of a statement. */
export type Condition = (context: Context) => boolean;

/** Compares one value of the context with one value of the policy. */
type Comparison = (policyValue: string) => TextMatcher;

interface Operator {
  readonly compare: Comparison;
  /** Whether it is true when no value matches, and when the key is absent. */
  readonly isNegated?: true;
}

const number = (test: (given: number, wanted: number) => boolean): Comparison => {
  return (wanted) => (given) => test(Number(given), Number(wanted));
};

const date = (test: (given: number, wanted: number) => boolean): Comparison => {
  return (wanted) => (given) => test(instant(given), instant(wanted));
};

/** A date in ISO 8601 or in seconds since 1970. */
const instant = (text: string): number =>
  /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text);

const equal = (one: number, other: number): boolean => one === other;

/** Each of the six parts of an ARN is compared separately: a `*` does not span a colon. */
const arn: Comparison = (pattern) => {
  const [partition = "", service = "", region = "", account = "", ...resource] = pattern
    .split(/:(?![^{]*\})/)
    .slice(1);
  const wanted = ["arn", partition, service, region, account, resource.join(":")].map((part) =>
    textMatcher(part),
  );
  return (given, context) => {
    const [head = "", ...rest] = given.split(":");
    const parts = [head, ...rest.slice(0, 4), rest.slice(4).join(":")];
    return wanted.every((matches, i) => matches(parts[i] ?? "", context));
  };
};

const ignoringCase: Comparison = (wanted) => literalMatcher(wanted, { ignoreCase: true });
const equals: Comparison = (wanted) => literalMatcher(wanted);
const like: Comparison = (wanted) => textMatcher(wanted);

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const operators: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: equals },
  StringNotEquals: { compare: equals, isNegated: true },
  StringEqualsIgnoreCase: { compare: ignoringCase },
  StringNotEqualsIgnoreCase: { compare: ignoringCase, isNegated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: like, isNegated: true },
  NumericEquals: { compare: number(equal) },
  NumericNotEquals: { compare: number(equal), isNegated: true },
  NumericLessThan: { compare: number((given, wanted) => given < wanted) },
  NumericLessThanEquals: { compare: number((given, wanted) => given <= wanted) },
  NumericGreaterThan: { compare: number((given, wanted) => given > wanted) },
  NumericGreaterThanEquals: { compare: number((given, wanted) => given >= wanted) },
  DateEquals: { compare: date(equal) },
  DateNotEquals: { compare: date(equal), isNegated: true },
  DateLessThan: { compare: date((given, wanted) => given < wanted) },
  DateLessThanEquals: { compare: date((given, wanted) => given <= wanted) },
  DateGreaterThan: { compare: date((given, wanted) => given > wanted) },
  DateGreaterThanEquals: { compare: date((given, wanted) => given >= wanted) },
  Bool: { compare: ignoringCase },
  ArnEquals: { compare: arn },
  ArnLike: { compare: arn },
  ArnNotEquals: { compare: arn, isNegated: true },
  ArnNotLike: { compare: arn, isNegated: true },
};

const operatorName =
  /^(?<set>ForAllValues:|ForAnyValue:)?(?<name>[A-Za-z]+?)(?<ifExists>IfExists)?$/;

/** The context keys that requests on one machine have, in lower case. */
const knownKeys: ReadonlySet<string> = new Set(
  [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "iot:IncludeSocketInformation",
    "iot:Topic",
    "iot:thingArn",
    "kms:CallerAccount",
    "kms:EncryptionContextKeys",
    "kms:ResourceAliases",
    "kms:ViaService",
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "ses:FromAddress",
    "ses:Recipients",
  ].map((key) => key.toLowerCase()),
);

/** Whether requests on one machine can have a value for a context key. */
export const isKnownKey = (key: string): boolean =>
  knownKeys.has(key.toLowerCase()) || key.toLowerCase().startsWith("kms:encryptioncontext:");

const text = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const texts = z.union([text, z.array(text)]).transform((value) => [value].flat());

/**
 * The condition of a statement: all operators and keys must match. An unknown operator or key fails
 * with an error that names it.
 */
export const condition = z
  .record(z.string(), z.record(z.string(), texts))
  .transform((blocks, issues): Condition => {
    const tests: Condition[] = [];
    for (const [name, keys] of Object.entries(blocks)) {
      for (const [key, values] of Object.entries(keys)) {
        const test = testOf(name, { key: key.toLowerCase(), values });
        if (!isKnownKey(key)) issues.addIssue(`the condition key ${key} is not supported`);
        else if (test === undefined)
          issues.addIssue(`the condition operator ${name} is not supported`);
        else tests.push(test);
      }
    }
    return (context) => tests.every((test) => test(context));
  });

const testOf = (
  operator: string,
  { key, values }: { key: string; values: readonly string[] },
): Condition | undefined => {
  if (operator === "Null") {
    return (context) => values.some((value) => (value === "true") === (context[key] === undefined));
  }
  const { set, name = "", ifExists } = operatorName.exec(operator)?.groups ?? {};
  const found = operators[name];
  if (found === undefined) return undefined;
  const { compare, isNegated = false } = found;
  const matchers = values.map(compare);
  const matches = (given: string, context: Context): boolean =>
    matchers.some((matcher) => matcher(given, context)) !== isNegated;
  return (context) => {
    const given = context[key];
    if (given === undefined) return ifExists !== undefined || absent(set, isNegated);
    const all = [given].flat();
    if (set === "ForAllValues:") return all.every((each) => matches(each, context));
    // Without a set operator, no value of several may match a negated one.
    if (set === undefined && isNegated) return all.every((each) => matches(each, context));
    return all.some((each) => matches(each, context));
  };
};

const absent = (set: string | undefined, isNegated: boolean): boolean =>
  set === undefined ? isNegated : set === "ForAllValues:";

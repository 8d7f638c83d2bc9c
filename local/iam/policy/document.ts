import * as z from "zod";
import { type Condition, condition, isKnownKey } from "./condition.ts";
import { type Context, type TextMatcher, textMatcher, variablesIn } from "./pattern.ts";

/** A statement, ready for evaluation. */
export interface Statement {
  readonly isDeny: boolean;
  /** Whether the statement is about an action, such as `sqs:SendMessage`. */
  coversAction(action: string): boolean;
  coversResource(arn: string, context: Context): boolean;
  /** Whether the statement is about a principal. Always true in a role's policy. */
  readonly principals: Principals | undefined;
  readonly condition: Condition | undefined;
}

/** The principals of a statement in a resource's policy. */
export interface Principals {
  readonly isEveryone: boolean;
  /** ARNs of roles, and of accounts (`arn:aws:iam::…:root`). */
  readonly arns: readonly string[];
  /** Services, such as `iot.amazonaws.com`. */
  readonly services: readonly string[];
}

/** One item or a list of items. A union would hide the reason why an item is refused. */
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z
    .unknown()
    .transform((value) => [value].flat())
    .pipe(z.array(item).min(1));

const texts = oneOrMore(z.string());

const patterns = texts.superRefine((given, context) => {
  for (const key of given.flatMap(variablesIn)) {
    if (!isKnownKey(key)) {
      context.addIssue(`the policy variable \${${key}} is not supported`);
    }
  }
});

const action = z
  .string()
  .regex(
    /^(\*|[a-z0-9-]+:[A-Za-z*?]+)$/,
    "an action is a service and an operation: sqs:SendMessage",
  );

const principal = z.union([
  z.literal("*").transform(() => ({ AWS: ["*"], Service: [] })),
  z.strictObject({ AWS: texts.default([]), Service: texts.default([]) }),
]);

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(["Allow", "Deny"]),
    Principal: principal.optional(),
    Action: oneOrMore(action).optional(),
    NotAction: oneOrMore(action).optional(),
    Resource: patterns.optional(),
    NotResource: patterns.optional(),
    Condition: condition.optional(),
  })
  .transform(
    (
      { Effect, Principal, Action, NotAction, Resource, NotResource, Condition },
      issues,
    ): Statement => {
      if ((Action === undefined) === (NotAction === undefined)) {
        issues.addIssue("a statement has either Action or NotAction");
      }
      if (Resource !== undefined && NotResource !== undefined) {
        issues.addIssue("a statement has either Resource or NotResource");
      }
      const actions = matchers(Action ?? NotAction ?? [], { ignoreCase: true });
      const resources = matchers(Resource ?? NotResource ?? ["*"]);
      return {
        isDeny: Effect === "Deny",
        coversAction: (name) => actions(name, {}) === (NotAction === undefined),
        coversResource: (arn, context) => resources(arn, context) === (NotResource === undefined),
        principals: Principal && {
          isEveryone: Principal.AWS.includes("*"),
          arns: Principal.AWS,
          services: Principal.Service,
        },
        condition: Condition,
      };
    },
  );

const matchers = (given: readonly string[], options = {}): TextMatcher => {
  const all = given.map((pattern) => textMatcher(pattern, options));
  return (text, context) => all.some((matches) => matches(text, context));
};

const document = z
  .strictObject({
    Version: z.literal("2012-10-17"),
    Id: z.string().optional(),
    Statement: oneOrMore(statement),
  })
  .transform(({ Statement }) => Statement);

/**
 * A policy of a role, as statements. Unknown elements, condition operators and condition keys fail
 * with an error that names them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export const rolePolicy = document.refine(
  (statements) => statements.every(({ principals }) => principals === undefined),
  "a role's policy has no Principal",
);

/** A policy of a resource: of a queue, a bucket, a topic, a key or a role. */
export const resourcePolicy = document.refine(
  (statements) => statements.every(({ principals }) => principals !== undefined),
  "each statement of a resource's policy has a Principal",
);

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resourcePolicy, rolePolicy } from "../../../../local/iam/policy/document.ts";
import { evaluate, type Principal } from "../../../../local/iam/policy/evaluate.ts";
import type { Context } from "../../../../local/iam/policy/pattern.ts";

const account = "123456789012";
const role: Principal = { kind: "role", arn: `arn:aws:iam::${account}:role/r`, account };

const policy = (...statements: readonly object[]) => ({
  Version: "2012-10-17",
  Statement: statements,
});
const allow = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:r:1:q" };

interface Question {
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Context;
  readonly principal?: Principal;
  readonly requiresDelegation?: boolean;
}

/** The decision about a message to the queue `q`, by the statements of the role and the queue. */
const decide = (
  identity: readonly object[],
  resource: readonly object[],
  {
    action = "sqs:SendMessage",
    resource: arn = "arn:aws:sqs:r:1:q",
    context = {},
    principal = role,
    requiresDelegation = false,
  }: Question = {},
) =>
  evaluate(
    { principal, action, resource: arn, context },
    {
      identity: identity.length === 0 ? [] : rolePolicy.parse(policy(...identity)),
      resource: resource.length === 0 ? [] : resourcePolicy.parse(policy(...resource)),
      requiresDelegation,
    },
  );

const isAllowed = (...given: Parameters<typeof decide>): boolean => decide(...given).isAllowed;

/** Whether a text matches a pattern: written differently, without regular expressions. */
const matchesSlowly = (pattern: string, text: string): boolean => {
  if (pattern === "") return text === "";
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === "*") {
    return matchesSlowly(rest, text) || (text !== "" && matchesSlowly(pattern, text.slice(1)));
  }
  return text !== "" && (first === "?" || first === text[0]) && matchesSlowly(rest, text.slice(1));
};

describe("a role's policies", () => {
  it("allow nothing that no statement allows, and the reason names the action", () => {
    expect(decide([], [])).toEqual({
      isAllowed: false,
      reason: "because no identity-based policy allows the sqs:SendMessage action",
    });
    expect(isAllowed([allow], [])).toBe(true);
    expect(isAllowed([allow], [], { action: "sqs:ReceiveMessage" })).toBe(false);
    expect(isAllowed([allow], [], { resource: "arn:aws:sqs:r:1:q2" })).toBe(false);
  });

  it("allow nothing that a statement denies, whatever the order", () => {
    const deny = { ...allow, Effect: "Deny", Action: "sqs:*" };
    for (const statements of [
      [allow, deny],
      [deny, allow],
    ]) {
      expect(decide(statements, [])).toEqual({
        isAllowed: false,
        reason: "with an explicit deny in an identity-based policy",
      });
    }
  });

  it("compare actions without case, and resources with case", () => {
    expect(isAllowed([{ ...allow, Action: "SQS:sendmessage".toLowerCase() }], [])).toBe(true);
    expect(isAllowed([{ ...allow, Resource: "arn:aws:sqs:r:1:Q" }], [])).toBe(false);
  });

  it("cover all actions or resources but the listed ones with NotAction and NotResource", () => {
    const { Action, Resource, ...rest } = allow;
    expect(isAllowed([{ ...rest, NotAction: "sqs:Receive*", Resource }], [])).toBe(true);
    expect(isAllowed([{ ...rest, NotAction: "sqs:Send*", Resource }], [])).toBe(false);
    expect(isAllowed([{ ...rest, Action, NotResource: "arn:aws:sqs:*:q" }], [])).toBe(false);
    expect(isAllowed([{ ...rest, Action, NotResource: "arn:aws:sqs:*:p" }], [])).toBe(true);
  });

  it("match wildcards as a slow comparison does", () => {
    const letters = fc.constantFrom("a", "b", "/", ":");
    const texts = fc.string({ unit: letters, maxLength: 8 });
    const patterns = fc.string({
      unit: fc.oneof(letters, fc.constantFrom("*", "?")),
      maxLength: 6,
    });
    fc.assert(
      fc.property(patterns, texts, (pattern, resource) => {
        const statement = { ...allow, Resource: `x${pattern}` };
        expect(isAllowed([statement], [], { resource: `x${resource}` })).toBe(
          matchesSlowly(pattern, resource),
        );
      }),
    );
  });

  it("decide as the rules of AWS say, for any statements of a role and a resource", () => {
    const actions = fc.constantFrom("s:A", "s:B");
    const resources = fc.constantFrom("r1", "r2");
    const effects = fc.constantFrom("Allow", "Deny");
    const statements = fc.array(
      fc.record({ Effect: effects, Action: actions, Resource: resources }),
      { maxLength: 3 },
    );
    const named = {
      self: role.arn,
      account: `arn:aws:iam::${account}:root`,
      other: "arn:aws:iam::9:root",
    };
    const owned = fc.array(
      fc.record({
        Effect: effects,
        Action: actions,
        Resource: resources,
        who: fc.constantFrom<keyof typeof named>("self", "account", "other"),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        statements,
        owned,
        actions,
        resources,
        fc.boolean(),
        (mine, its, action, resource, isKey) => {
          const about = <S extends { Action: string; Resource: string }>(all: readonly S[]) =>
            all.filter((one) => one.Action === action && one.Resource === resource);
          const isDenied =
            about(mine).some(({ Effect }) => Effect === "Deny") ||
            about(its).some(({ Effect, who }) => Effect === "Deny" && who !== "other");
          const grants = about(its).filter(({ Effect }) => Effect === "Allow");
          const isDelegated = grants.some(({ who }) => who === "account" || who === "self");
          const isGranted =
            grants.some(({ who }) => who === "self") ||
            (about(mine).some(({ Effect }) => Effect === "Allow") && (!isKey || isDelegated));
          const withPrincipals = its.map(({ who, ...rest }) => ({
            ...rest,
            Principal: { AWS: named[who] },
          }));
          expect(
            isAllowed(mine, withPrincipals, { action, resource, requiresDelegation: isKey }),
          ).toBe(!isDenied && isGranted);
        },
      ),
    );
  });
});

describe("a resource's policy", () => {
  const send = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" };

  it("allows a service only if it names the service and its condition is met", () => {
    const principal: Principal = { kind: "service", name: "iot.amazonaws.com" };
    const named = {
      ...send,
      Principal: { Service: "iot.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:iot:r:1:rule/*" } },
    };
    const context = { "aws:sourcearn": "arn:aws:iot:r:1:rule/a" };
    expect(isAllowed([], [named], { principal, context })).toBe(true);
    expect(isAllowed([], [named], { principal })).toBe(false);
    expect(
      isAllowed([], [named], { principal: { kind: "service", name: "s3.amazonaws.com" }, context }),
    ).toBe(false);
    expect(isAllowed([], [named], { context })).toBe(false);
  });

  it("denies everyone a connection that is not encrypted", () => {
    const deny = {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "sqs:*",
      Resource: "arn:aws:sqs:r:1:q",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    const over = (value: string) => ({ context: { "aws:securetransport": value } });
    expect(isAllowed([allow], [deny], over("true"))).toBe(true);
    expect(decide([allow], [deny], over("false"))).toMatchObject({
      reason: "with an explicit deny in a resource-based policy",
    });
  });
});

describe("a condition", () => {
  const given = (Condition: object, context: Context) =>
    isAllowed([{ ...allow, Condition }], [], { context });
  const prefix = (value: string | readonly string[]) => ({ "s3:prefix": value });

  it.each<[string, object, Context, boolean]>([
    ["StringEquals", { StringEquals: { "s3:prefix": "a" } }, prefix("a"), true],
    ["StringEquals", { StringEquals: { "S3:Prefix": ["b", "a"] } }, prefix("a"), true],
    ["StringEquals, with a wildcard", { StringEquals: { "s3:prefix": "*" } }, prefix("a"), false],
    ["StringEquals, without the key", { StringEquals: { "s3:prefix": "a" } }, {}, false],
    ["StringEqualsIfExists", { StringEqualsIfExists: { "s3:prefix": "a" } }, {}, true],
    ["StringNotEquals", { StringNotEquals: { "s3:prefix": ["a", "b"] } }, prefix("b"), false],
    ["StringNotEquals, without the key", { StringNotEquals: { "s3:prefix": "a" } }, {}, true],
    ["StringEqualsIgnoreCase", { StringEqualsIgnoreCase: { "s3:prefix": "A" } }, prefix("a"), true],
    ["StringLike", { StringLike: { "s3:prefix": "a/*" } }, prefix("a/b/c"), true],
    ["StringNotLike", { StringNotLike: { "s3:prefix": "a/*" } }, prefix("a/b"), false],
    ["NumericLessThan", { NumericLessThan: { "s3:max-keys": 10 } }, { "s3:max-keys": "9" }, true],
    ["NumericLessThan", { NumericLessThan: { "s3:max-keys": 10 } }, { "s3:max-keys": "10" }, false],
    ["Bool", { Bool: { "aws:SecureTransport": true } }, { "aws:securetransport": "true" }, true],
    ["Null", { Null: { "s3:prefix": "true" } }, {}, true],
    ["Null", { Null: { "s3:prefix": "false" } }, {}, false],
    [
      "ArnLike, whose wildcard does not span a colon",
      { ArnLike: { "aws:SourceArn": "arn:aws:iot:*:rule/a" } },
      { "aws:sourcearn": "arn:aws:iot:r:1:rule/a" },
      false,
    ],
    [
      "ArnEquals",
      { ArnEquals: { "aws:SourceArn": "arn:aws:iot:*:1:rule/*" } },
      { "aws:sourcearn": "arn:aws:iot:r:1:rule/a" },
      true,
    ],
    [
      "ForAnyValue",
      { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/a" } },
      { "kms:resourcealiases": ["alias/b", "alias/a"] },
      true,
    ],
    [
      "ForAnyValue, without the key",
      { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/a" } },
      {},
      false,
    ],
    [
      "ForAllValues",
      { "ForAllValues:StringLike": { "ses:Recipients": "*@a.example" } },
      { "ses:recipients": ["x@a.example", "y@b.example"] },
      false,
    ],
    [
      "ForAllValues, without the key",
      { "ForAllValues:StringLike": { "ses:Recipients": "*@a.example" } },
      {},
      true,
    ],
    [
      "the encryption context of KMS",
      { StringEquals: { "kms:EncryptionContext:Fleet": "f1" } },
      { "kms:encryptioncontext:fleet": "f1" },
      true,
    ],
  ])("compares as IAM does: %s", (_, Condition, context, expected) => {
    expect(given(Condition, context)).toBe(expected);
  });

  it("holds only if all its operators and keys do", () => {
    const both = { StringEquals: { "s3:prefix": "a", "s3:delimiter": "/" } };
    expect(given(both, { "s3:prefix": "a", "s3:delimiter": "/" })).toBe(true);
    expect(given(both, { "s3:prefix": "a" })).toBe(false);
    const two = { StringEquals: { "s3:prefix": "a" }, Bool: { "aws:SecureTransport": "true" } };
    expect(given(two, { "s3:prefix": "a", "aws:securetransport": "false" })).toBe(false);
  });

  it("puts a variable's value into a resource, without its wildcards", () => {
    const owned = { ...allow, Resource: "arn:aws:s3:::b/${s3:prefix}/${*}" };
    const ask = (resource: string, context: Context) =>
      isAllowed([owned], [], { resource, context });
    expect(ask("arn:aws:s3:::b/a/*", prefix("a"))).toBe(true);
    expect(ask("arn:aws:s3:::b/a/x", prefix("a"))).toBe(false);
    expect(ask("arn:aws:s3:::b/x/*", prefix("*"))).toBe(false);
    expect(ask("arn:aws:s3:::b//*", {})).toBe(false);
  });
});

describe("a document is refused by name", () => {
  it.each<[string, object]>([
    [
      "the condition operator StringMatches is not supported",
      { Condition: { StringMatches: { "s3:prefix": "a" } } },
    ],
    [
      "the condition key aws:SourceIp is not supported",
      { Condition: { StringEquals: { "aws:SourceIp": "a" } } },
    ],
    [
      "the policy variable ${aws:username} is not supported",
      { Resource: "arn:aws:s3:::b/${aws:username}" },
    ],
    ['Unrecognized key: "NotPrincipal"', { NotPrincipal: { AWS: "*" } }],
    ["a statement has either Action or NotAction", { NotAction: "sqs:*" }],
    ["an action is a service and an operation: sqs:SendMessage", { Action: "SendMessage" }],
    ["a role's policy has no Principal", { Principal: "*" }],
  ])("%s", (message, change) => {
    const { error } = rolePolicy.safeParse(policy({ ...allow, ...change }));
    expect(error?.issues.map((issue) => issue.message)).toContain(message);
  });

  it("a resource's policy without a principal", () => {
    const { error } = resourcePolicy.safeParse(policy(allow));
    expect(error?.issues[0]?.message).toBe("each statement of a resource's policy has a Principal");
  });
});

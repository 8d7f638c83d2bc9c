import {
  type Action,
  attachedKey,
  type PolicyDocument,
  readVariable,
  variablePattern,
} from "./document.ts";
import { type Piece, pieces, piecesMatcher } from "./wildcard.ts";

/** The client of a connection, as policies see it. */
export interface Subject {
  readonly clientId: string;
  /**
   * The thing with the client id as its name, when it is attached to the connection's certificate.
   * Thing variables have values only then.
   * https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
   */
  readonly thing?: { readonly name: string; readonly attributes: Readonly<Record<string, string>> };
}

/** The permissions of one connection. */
export interface Permissions {
  /** `resource` is the ARN's part after the account: `topic/events/f/d/name`. */
  allow(action: Action, resource: string): boolean;
}

/** All permissions, for a role's connection: role policies are not evaluated on one machine. */
export const everything: Permissions = { allow: () => true };

interface Rule {
  readonly deny: boolean;
  matches(arn: string): boolean;
}

/**
 * The permissions of a subject: an action needs a policy that allows it and none that denies it.
 * Compiled once per connection, since every message needs a decision.
 */
export const permissions = (
  documents: readonly PolicyDocument[],
  { subject, arnPrefix }: { subject: Subject; arnPrefix: string },
): Permissions => {
  const statements = documents.flatMap(({ Statement }) => Statement);
  const rules = new Map<string, Rule[]>();
  for (const { Effect, Action, Resource, Condition } of statements) {
    const isAttached = subject.thing !== undefined;
    if (Condition !== undefined && Condition.Bool[attachedKey] !== isAttached) continue;
    const matchers = Resource.map((resource) => resourceMatcher(resource, subject));
    const matches = (arn: string) => matchers.some((matcher) => matcher(arn));
    for (const action of Action) {
      rules.set(action, [...(rules.get(action) ?? []), { deny: Effect === "Deny", matches }]);
    }
  }

  return {
    allow(action, resource) {
      const arn = `${arnPrefix}${resource}`;
      const matching = [...(rules.get(action) ?? []), ...(rules.get("iot:*") ?? [])].filter(
        (rule) => rule.matches(arn),
      );
      return matching.length > 0 && !matching.some(({ deny }) => deny);
    },
  };
};

const never = () => false;

// A statement whose variable has no value matches nothing. Values are literals: a `*` in a client
// id is not a wildcard.
const resourceMatcher = (resource: string, subject: Subject): ((arn: string) => boolean) => {
  const parts = resource.split(variablePattern);
  const pattern: Piece[] = [];
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 0) {
      pattern.push(...pieces(part));
      continue;
    }
    const value = valueFor(part, subject);
    if (value === undefined) return never;
    pattern.push({ literal: value });
  }
  return piecesMatcher(pattern);
};

const valueFor = (name: string, { clientId, thing }: Subject): string | undefined => {
  const variable = readVariable(name);
  switch (variable?.kind) {
    case "clientId":
      return clientId;
    case "thingName":
      return thing?.name;
    case "attribute":
      return thing?.attributes[variable.name];
    case "literal":
      return variable.text;
    case undefined:
      return undefined;
  }
};

import {
  type Action,
  attachedKey,
  type PolicyDocument,
  readVariable,
  variablePattern,
} from "./document.ts";
import { type Piece, pieces, piecesMatcher } from "./wildcard.ts";

/** Whose connection it is, as policies see it. */
export interface Subject {
  readonly clientId: string;
  /**
   * The thing that the client id names, when it is attached to the connection's certificate. Only then do
   * thing variables have values.
   * https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
   */
  readonly thing?: { readonly name: string; readonly attributes: Readonly<Record<string, string>> };
}

/** What one connection may do. */
export interface Permissions {
  /** `resource` is the part after the account: `topic/events/f/d/name`. */
  allow(action: Action, resource: string): boolean;
}

/** A role's connection may do everything: role policies are not evaluated on one machine. */
export const everything: Permissions = { allow: () => true };

interface Rule {
  readonly deny: boolean;
  matches(arn: string): boolean;
}

/**
 * What the policies let this subject do: what one of them allows and none denies. They are made ready
 * once per connection, since a decision is taken for each message.
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

// A statement whose variable has no value matches nothing. A value stands for itself: a `*` in a client
// id is no wildcard.
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

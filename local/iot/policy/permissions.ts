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

/** All permissions, for the account's owner. */
export const everything: Permissions = { allow: () => true };

interface Rule {
  readonly deny: boolean;
  matches(arn: string): boolean;
}

/**
 * The permissions of a subject: an action needs a policy that allows it and none that denies it.
 * Each action is compiled once per connection, at its first decision: every message needs one, and
 * most of many connected devices only connect.
 */
export const permissions = (
  documents: readonly PolicyDocument[],
  { subject, arnPrefix }: { subject: Subject; arnPrefix: string },
): Permissions => {
  const compiled = new Map<Action, readonly Rule[]>();
  const rulesFor = (action: Action): readonly Rule[] => {
    const known = compiled.get(action);
    if (known !== undefined) return known;
    const rules = compile(documents, subject, action);
    compiled.set(action, rules);
    return rules;
  };

  return {
    allow(action, resource) {
      const arn = `${arnPrefix}${resource}`;
      const matching = rulesFor(action).filter((rule) => rule.matches(arn));
      return matching.length > 0 && !matching.some(({ deny }) => deny);
    },
  };
};

/** The rules of the statements that are about an action. */
const compile = (
  documents: readonly PolicyDocument[],
  subject: Subject,
  action: Action,
): readonly Rule[] => {
  const isAttached = subject.thing !== undefined;
  return documents
    .flatMap(({ Statement }) => Statement)
    .filter(
      ({ Action, Condition }) =>
        (Action.includes(action) || Action.includes("iot:*")) &&
        (Condition === undefined || Condition.Bool[attachedKey] === isAttached),
    )
    .map(({ Effect, Resource }) => {
      const matchers = Resource.map((resource) => resourceMatcher(resource, subject));
      return { deny: Effect === "Deny", matches: (arn) => matchers.some((one) => one(arn)) };
    });
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

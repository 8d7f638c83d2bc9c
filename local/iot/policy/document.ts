import * as z from "zod";

/** Actions that a policy can allow a device. */
const actions = [
  "iot:Connect",
  "iot:Publish",
  "iot:RetainPublish",
  "iot:Subscribe",
  "iot:Receive",
] as const;

export type Action = (typeof actions)[number];

/** The only supported condition: whether the client id is the name of an attached thing. */
export const attachedKey = "iot:Connection.Thing.IsAttached";

const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([item, z.array(item).min(1)]).transform((value) => [value].flat());

const isTrue = z
  .union([z.boolean(), z.enum(["true", "false"])])
  .transform((value) => value === true || value === "true");

const condition = z.strictObject({
  Bool: z.strictObject({
    [attachedKey]: z.union([isTrue, z.tuple([isTrue]).transform(([value]) => value)]),
  }),
});

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore(z.enum([...actions, "iot:*"])),
  Resource: oneOrMore(z.string().superRefine(checkVariables)),
  Condition: condition.optional(),
});

/**
 * An IoT policy in the supported part of the policy language. Anything else fails with an error
 * that names it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html
 */
export const policyDocument = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: oneOrMore(statement),
});

export type PolicyDocument = z.output<typeof policyDocument>;

/** A policy variable in a resource: `${iot:ClientId}`. */
export const variablePattern = /\$\{([^}]*)\}/;

const clientId = "iot:ClientId";
const thingName = "iot:Connection.Thing.ThingName";
const thingAttribute = /^iot:Connection\.Thing\.Attributes\[([a-zA-Z0-9_.,@/:#-]+)\]$/;
/** Escaped characters that would otherwise be a wildcard or start a variable. */
const escaped = new Set(["*", "?", "$"]);

/** The value that a variable represents. */
export type Variable =
  | { readonly kind: "clientId" | "thingName" }
  | { readonly kind: "attribute"; readonly name: string }
  | { readonly kind: "literal"; readonly text: string };

/** Parses the inside of `${…}`; `undefined` when it is not supported. */
export const readVariable = (name: string): Variable | undefined => {
  if (name === clientId) return { kind: "clientId" };
  if (name === thingName) return { kind: "thingName" };
  if (escaped.has(name)) return { kind: "literal", text: name };
  const attribute = thingAttribute.exec(name)?.[1];
  return attribute === undefined ? undefined : { kind: "attribute", name: attribute };
};

function checkVariables(resource: string, context: z.RefinementCtx<string>): void {
  const names = resource.matchAll(new RegExp(variablePattern, "g"));
  for (const [match, name = ""] of names) {
    if (readVariable(name) !== undefined) continue;
    context.addIssue({ code: "custom", message: `the policy variable ${match} is not supported` });
  }
}

import * as z from "zod";

/** What a device may be allowed to do. */
const actions = [
  "iot:Connect",
  "iot:Publish",
  "iot:RetainPublish",
  "iot:Subscribe",
  "iot:Receive",
] as const;

export type Action = (typeof actions)[number];

/** The only conditions that are understood: whether the client id is an attached thing's name. */
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
 * An IoT policy in the language that is understood here. Anything else in it is an error that names it.
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
/** Written characters that would otherwise be a wildcard or begin a variable. */
const written = new Set(["*", "?", "$"]);

/** What a variable stands for, as a reader of a connection. */
export type Variable =
  | { readonly kind: "clientId" | "thingName" }
  | { readonly kind: "attribute"; readonly name: string }
  | { readonly kind: "literal"; readonly text: string };

/** Reads the inside of `${…}`; `undefined` when it is not one that is understood. */
export const readVariable = (name: string): Variable | undefined => {
  if (name === clientId) return { kind: "clientId" };
  if (name === thingName) return { kind: "thingName" };
  if (written.has(name)) return { kind: "literal", text: name };
  const attribute = thingAttribute.exec(name)?.[1];
  return attribute === undefined ? undefined : { kind: "attribute", name: attribute };
};

function checkVariables(resource: string, context: z.RefinementCtx<string>): void {
  const names = resource.matchAll(new RegExp(variablePattern, "g"));
  for (const [whole, name = ""] of names) {
    if (readVariable(name) !== undefined) continue;
    context.addIssue({ code: "custom", message: `the policy variable ${whole} is not known here` });
  }
}

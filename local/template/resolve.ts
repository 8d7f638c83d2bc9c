import { attributeOf, substitution } from "./references.ts";
import type { CreatedResource } from "./resourceProvider.ts";
import type { Template, Value } from "./template.ts";

/** The values that a template's functions can refer to. */
export interface Scope {
  readonly template: Template;
  /** Pseudo parameters such as `AWS::Region`, and the parameters of the template. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly made: ReadonlyMap<string, CreatedResource>;
  /** Outputs of the stacks created before, by stack name. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Exported outputs of these stacks in the region of the template, by export name. */
  readonly exports: ReadonlyMap<string, string>;
}

/** Marks `AWS::NoValue`: the property is omitted. */
const noValue = Symbol("AWS::NoValue");

type Resolved = Value | typeof noValue;

/**
 * Evaluates the functions in a template's value. Fails on a function that the CDK's templates do
 * not use, and on a reference to an unknown name.
 */
export const resolve = (value: Value, scope: Scope): Value => {
  const resolved = resolveAny(value, scope);
  return resolved === noValue ? null : resolved;
};

const resolveAny = (value: Value, scope: Scope): Resolved => {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, scope)).filter((item) => item !== noValue);
  }
  const call = functionOf(value);
  if (call !== undefined) return callFunction(call, scope);
  const entries = entriesOf(value).flatMap(([key, inner]): [string, Value][] => {
    const resolved = resolveAny(inner, scope);
    return resolved === noValue ? [] : [[key, resolved]];
  });
  return Object.fromEntries(entries);
};

interface Call {
  readonly name: string;
  readonly argument: Value;
}

const functionOf = (value: Value): Call | undefined => {
  const [entry, ...others] = entriesOf(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === "Ref" || name.startsWith("Fn::") ? { name, argument } : undefined;
};

const callFunction = ({ name, argument }: Call, scope: Scope): Resolved => {
  switch (name) {
    case "Ref":
      return argument === "AWS::NoValue" ? noValue : ref(text(argument), scope);
    case "Fn::GetAtt":
      return attribute(attributeOf(argument), scope);
    case "Fn::Sub":
      return substitute(argument, scope);
    case "Fn::Join":
      return join(list(argument, scope));
    case "Fn::Select":
      return select(list(argument, scope));
    case "Fn::Split":
      return split(list(argument, scope));
    case "Fn::If":
      return choose(argument, scope);
    case "Fn::GetStackOutput":
      return outputOf(argument, scope);
    case "Fn::ImportValue":
      return imported(argument, scope);
    default:
      throw new Error(`${name} is not supported`);
  }
};

const ref = (name: string, { parameters, made }: Scope): string => {
  const found = made.get(name)?.ref ?? parameters.get(name);
  if (found === undefined) throw new Error(`Ref ${name}: no resource or parameter has this name`);
  return found;
};

const attribute = (
  { logicalId, attribute }: { logicalId: string; attribute: string },
  { made }: Scope,
): string => {
  const found = made.get(logicalId)?.attributes?.[attribute];
  if (found === undefined) throw new Error(`Fn::GetAtt ${logicalId}.${attribute} does not exist`);
  return found;
};

/** The region is ignored: the stack name is unique. */
const outputOf = (argument: Value, scope: Scope): string => {
  const { StackName = null, OutputName = null } = Object.fromEntries(
    entriesOf(resolve(argument, scope)),
  );
  const found = scope.outputs.get(text(StackName))?.[text(OutputName)];
  if (found !== undefined) return found;
  throw new Error(`Fn::GetStackOutput: ${text(StackName)} has no output ${text(OutputName)}`);
};

const imported = (argument: Value, scope: Scope): string => {
  const name = text(resolve(argument, scope));
  const found = scope.exports.get(name);
  if (found === undefined) throw new Error(`Fn::ImportValue: no export is named ${name}`);
  return found;
};

const substitute = (argument: Value, scope: Scope): string => {
  const [pattern, variables] = Array.isArray(argument) ? argument : [argument];
  const own = new Map(entriesOf(resolve(variables ?? {}, scope)));
  return text(pattern).replace(substitution, (_, literal: string, name: string) => {
    if (literal !== "") return `\${${name}}`;
    const value = own.get(name);
    if (value !== undefined) return text(value);
    return name.includes(".") ? attribute(attributeOf(name), scope) : ref(name, scope);
  });
};

const join = ([separator, parts]: Value[]): string => items(parts).map(text).join(text(separator));

const select = ([index, from]: Value[]): Value => {
  const found = items(from)[Number(index)];
  if (found === undefined) throw new Error(`Fn::Select: the list has no item ${text(index)}`);
  return found;
};

const split = ([separator, joined]: Value[]): string[] => text(joined).split(text(separator));

const choose = (argument: Value, scope: Scope): Resolved => {
  const [condition, yes = null, no = null] = items(argument);
  return resolveAny(isConditionTrue(text(condition), scope) ? yes : no, scope);
};

/** Whether a condition of the template is true. */
export const isConditionTrue = (name: string, scope: Scope): boolean => {
  const condition = scope.template.Conditions[name];
  if (condition === undefined) throw new Error(`the condition ${name} does not exist`);
  return decide(condition, scope);
};

const decide = (condition: Value, scope: Scope): boolean => {
  const [name, argument = null] = entriesOf(condition)[0] ?? [];
  switch (name) {
    case "Fn::Equals": {
      const [one, other] = list(argument, scope);
      return one === other;
    }
    case "Fn::And":
      return items(argument).every((each) => decide(each, scope));
    case "Fn::Or":
      return items(argument).some((each) => decide(each, scope));
    case "Fn::Not":
      return !items(argument).some((each) => decide(each, scope));
    case "Condition":
      return isConditionTrue(text(argument), scope);
    default:
      throw new Error(`${name ?? "an empty object"} is not supported in a condition`);
  }
};

const list = (argument: Value, scope: Scope): Value[] => items(resolve(argument, scope));

const entriesOf = (value: Value): [string, Value][] =>
  value === null || typeof value !== "object" || Array.isArray(value) ? [] : Object.entries(value);

const items = (value: Value | undefined): Value[] => {
  if (Array.isArray(value)) return value;
  throw new Error(`expected a list, not ${JSON.stringify(value)}`);
};

const text = (value: Value | undefined): string => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`expected text, not ${JSON.stringify(value)}`);
};

import type * as z from "zod";
import { StartError } from "../start/startError.ts";
import type { Stack } from "./assembly.ts";
import { noopResources } from "./noopResources.ts";
import { referencesOf } from "./references.ts";
import { isConditionTrue, resolve, type Scope } from "./resolve.ts";
import type { CreatedResource, ResourceContext, ResourceProvider } from "./resourceProvider.ts";
import type { Resource, Template } from "./template.ts";

export interface CreateStackOptions {
  readonly account: string;
  /** Every resource type that can be made. */
  readonly providers: readonly ResourceProvider[];
  /** What the stacks that were made before say, by their names: a stack may read it. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * Makes the resources of a stack one by one, each after those that it refers to, and returns the
 * stack's outputs. Whatever is not known stops it with a `StartError` that says where it stands.
 */
export const createStack = async (
  stack: Stack,
  { account, providers, outputs }: CreateStackOptions,
): Promise<Record<string, string>> => {
  const { name, region, template } = stack;
  const made = new Map<string, CreatedResource>();
  const scope = { template, parameters: parametersOf(stack, account), made, outputs };
  const byType = new Map(providers.map((provider) => [provider.type, provider]));

  for (const logicalId of inOrder(stack, scope)) {
    const resource = template.Resources[logicalId];
    if (resource === undefined) continue;
    const place = { logicalId, stack: name, region, account };
    made.set(
      logicalId,
      await named(stack, logicalId, () => create(resource, { place, scope, byType })),
    );
  }
  return await named(stack, "Outputs", () => outputsOf(template, scope));
};

interface Making {
  readonly place: ResourceContext;
  readonly scope: Scope;
  readonly byType: ReadonlyMap<string, ResourceProvider>;
}

const create = async (
  resource: Resource,
  { place, scope, byType }: Making,
): Promise<CreatedResource> => {
  const { Type, Properties } = resource;
  const describe = noopResources[Type];
  if (describe !== undefined) return describe(place);
  const provider = byType.get(Type);
  if (provider === undefined) throw new Error(`the resource type ${Type} is not known`);
  const parsed = provider.properties.safeParse(resolve(Properties, scope));
  if (!parsed.success) throw new Error(`${Type}: ${oneLine(parsed.error)}`);
  return await provider.create(parsed.data, place);
};

const oneLine = ({ issues }: z.core.$ZodError): string =>
  issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");

/** Says which stack and which resource an error is about. */
const named = async <T>(stack: Stack, logicalId: string, run: () => T | Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`${stack.name}, ${logicalId}: ${message}`, { cause });
  }
};

const parametersOf = ({ name, region, template }: Stack, account: string): Map<string, string> =>
  new Map([
    ["AWS::AccountId", account],
    ["AWS::Partition", "aws"],
    ["AWS::Region", region],
    ["AWS::StackId", `arn:aws:cloudformation:${region}:${account}:stack/${name}/local`],
    ["AWS::StackName", name],
    ["AWS::URLSuffix", "amazonaws.com"],
    ...Object.entries(template.Parameters).map(
      ([parameter, { Default = "" }]): [string, string] => [parameter, Default],
    ),
  ]);

/** The logical ids of the resources whose conditions hold, each after those that it needs. */
const inOrder = (stack: Stack, scope: Scope): string[] => {
  const { Resources } = stack.template;
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    const resource = Resources[logicalId];
    if (resource === undefined || ordered.has(logicalId)) return;
    if (path.includes(logicalId)) {
      throw new StartError(`${stack.name}: ${[...path, logicalId].join(" needs ")}`);
    }
    const { Condition, Type } = resource;
    if (Condition !== undefined && !isConditionTrue(Condition, scope)) return;
    // What is not made is not read either: its references may well point in circles.
    const deps = noopResources[Type] === undefined ? referencesOf(resource) : [];
    for (const need of deps) visit(need, [...path, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(Resources)) visit(logicalId, []);
  return [...ordered];
};

const outputsOf = ({ Outputs }: Template, scope: Scope): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Outputs)
      .filter(([, { Condition }]) => Condition === undefined || isConditionTrue(Condition, scope))
      .map(([name, { Value }]) => [name, String(resolve(Value, scope))]),
  );

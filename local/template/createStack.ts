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
  /** Providers of all supported resource types. */
  readonly providers: readonly ResourceProvider[];
  /** Outputs of the stacks created before, by stack name. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Exported outputs of these stacks in the region of the stack, by export name. */
  readonly exports: ReadonlyMap<string, string>;
}

/** Values of a created stack that other stacks may read. */
export interface CreatedStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** The exported ones, by export name. */
  readonly exports: ReadonlyMap<string, string>;
  /** Its resources by logical id. */
  readonly resources: ReadonlyMap<string, CreatedResource>;
}

/**
 * Creates the resources of a stack one by one, each after its dependencies, and returns the stack's
 * outputs. Unsupported content fails with a `StartError` that names the stack and the resource.
 */
export const createStack = async (
  stack: Stack,
  { account, providers, outputs, exports }: CreateStackOptions,
): Promise<CreatedStack> => {
  const { name, region, template } = stack;
  const made = new Map<string, CreatedResource>();
  const scope = { template, parameters: parametersOf(stack, account), made, outputs, exports };
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
  const values = await named(stack, "Outputs", () => outputsOf(template, scope));
  return { ...values, resources: made };
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
  if (provider === undefined) throw new Error(`the resource type ${Type} is not supported`);
  const parsed = provider.properties.safeParse(resolve(Properties, scope));
  if (!parsed.success) throw new Error(`${Type}: ${oneLine(parsed.error)}`);
  return await provider.create(parsed.data, place);
};

const oneLine = ({ issues }: z.core.$ZodError): string =>
  issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");

/** Adds the stack and the resource to an error. */
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

/** The logical ids of the resources whose conditions are true, each after its dependencies. */
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
    // References of no-op resources are ignored: they may be circular.
    const deps = noopResources[Type] === undefined ? referencesOf(resource) : [];
    for (const dependency of deps) visit(dependency, [...path, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(Resources)) visit(logicalId, []);
  return [...ordered];
};

const outputsOf = (
  { Outputs }: Template,
  scope: Scope,
): Pick<CreatedStack, "outputs" | "exports"> => {
  const outputs: Record<string, string> = {};
  const exports = new Map<string, string>();
  for (const [name, { Value, Export, Condition }] of Object.entries(Outputs)) {
    if (Condition !== undefined && !isConditionTrue(Condition, scope)) continue;
    const value = String(resolve(Value, scope));
    outputs[name] = value;
    if (Export === undefined) continue;
    const exported = String(resolve(Export.Name, scope));
    if (scope.exports.has(exported) || exports.has(exported)) {
      throw new Error(`another output is exported as ${exported}`);
    }
    exports.set(exported, value);
  }
  return { outputs, exports };
};

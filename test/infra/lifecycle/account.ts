import type { Resource, Template } from "../synthesized.ts";
import type { DeployableStack } from "./deployments.ts";
import { usesOf } from "./references.ts";
import { replacedIn } from "./replacements.ts";
import { resourceTypes } from "./resourceTypes.ts";
import { tableProblems } from "./tableUpdates.ts";

/** A resource that has outlived its stack. */
export interface Leftover {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** `type region name` of each fixed name. */
  readonly names: readonly string[];
}

const isRetained = ({ DeletionPolicy = "Delete" }: Resource): boolean =>
  DeletionPolicy.startsWith("Retain");

/** The fixed names of a resource. A table has its name in the region of each replica. */
const namesOf = ({ Type, Properties }: Resource, region: string): string[] => {
  const property = resourceTypes[Type]?.name;
  const name = property === undefined ? undefined : Properties[property];
  if (typeof name !== "string") return [];
  const replicas: { Region: string }[] = Properties.Replicas ?? [{ Region: region }];
  return replicas.map((replica) => `${Type} ${replica.Region} ${name}`);
};

const isProtected = ({ Properties }: Resource): boolean =>
  (Properties.Replicas ?? []).some(
    (replica: { DeletionProtectionEnabled?: boolean }) => replica.DeletionProtectionEnabled,
  );

/**
 * An AWS account with stacks: a model of what CloudFormation accepts. Each operation returns its
 * problems; an empty list means that it succeeds. Sources: "Update requires" of the resource types,
 * and
 * - one replica in an update, streams with one replica only:
 *   https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
 * - exports in use:
 *   https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 * - deletion policies:
 *   https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export class Account {
  private readonly stacks = new Map<string, DeployableStack>();
  leftovers: Leftover[] = [];
  /** Whether certificates of devices are attached to the IoT policies. */
  hasDevices = false;

  /** Names of the deployed stacks with their regions. */
  get deployed(): string[] {
    return [...this.stacks.keys()].sort();
  }

  /** `cdk deploy` of an assembly, or of some of its stacks. */
  deploy(assembly: readonly DeployableStack[], names?: readonly string[]): string[] {
    return assembly
      .filter(({ name }) => names === undefined || names.includes(name))
      .flatMap((stack) => {
        const problems = this.update(stack);
        if (problems.length === 0) this.stacks.set(keyOf(stack), stack);
        return problems.map((problem) => `${stack.name}: ${problem}`);
      });
  }

  /** `cdk destroy` of stacks, in the reverse order of their creation. */
  destroy(names: readonly string[]): string[] {
    const chosen = [...this.stacks.values()].filter(({ name }) => names.includes(name)).reverse();
    return chosen.flatMap((stack) => {
      const problems = [
        ...this.exportProblems(
          stack.template,
          { Resources: {}, Outputs: {}, Parameters: {} },
          stack,
        ),
        ...Object.entries(stack.template.Resources).flatMap((entry) => this.deletion(entry)),
      ];
      if (problems.length > 0) return problems.map((problem) => `${stack.name}: ${problem}`);
      this.stacks.delete(keyOf(stack));
      this.leftovers.push(...leftoversOf(stack, isRetained));
      return [];
    });
  }

  /** A first deployment that fails at the end: CloudFormation deletes what it has created. */
  failedDeployment(assembly: readonly DeployableStack[], failing: string): string[] {
    const stack = assembly.find(({ name }) => name === failing);
    if (stack === undefined) throw new Error(`there is no stack ${failing}`);
    const problems = Object.entries(stack.template.Resources)
      .filter(([, resource]) => resource.DeletionPolicy !== "Retain" && isProtected(resource))
      .map(([id]) => `${failing}: the protected table ${id} cannot be deleted`);
    const stays = ({ DeletionPolicy }: Resource) => DeletionPolicy === "Retain";
    this.leftovers.push(...leftoversOf(stack, stays));
    return problems;
  }

  /** `cdk import` of leftovers into a new stack, which has no other resources until `deploy`. */
  adopt(stack: DeployableStack, adopted: readonly Leftover[]): string[] {
    const ids = adopted.map(({ logicalId }) => logicalId);
    const problems = ids.flatMap((id) => {
      const resource = stack.template.Resources[id];
      if (resource === undefined) return [`${id} is not in the template`];
      const others = [...usesOf(resource.Properties).resources].filter(
        (used) => !ids.includes(used),
      );
      return [
        ...(isRetained(resource) ? [] : [`${id} has no deletion policy that retains it`]),
        ...others.map((used) => `${id} refers to ${used}, which is not imported`),
      ];
    });
    if (problems.length > 0) return problems;
    const Resources = Object.fromEntries(
      ids.flatMap((id) => {
        const resource = stack.template.Resources[id];
        return resource === undefined ? [] : [[id, resource]];
      }),
    );
    const template = { Resources, Outputs: {}, Parameters: {} };
    this.stacks.set(keyOf(stack), { ...stack, template });
    this.leftovers = this.leftovers.filter((each) => !adopted.includes(each));
    return [];
  }

  private update(stack: DeployableStack): string[] {
    const before = this.stacks.get(keyOf(stack))?.template;
    const after = stack.template;
    const collisions = this.collisions(stack, before);
    if (before === undefined) return [...collisions, ...this.missingImports(stack)];
    const replaced = replacedIn(before, after);
    return [
      ...collisions,
      ...this.missingImports(stack),
      ...this.exportProblems(before, after, stack, replaced),
      ...this.staleOutputs(stack, before, replaced),
      ...[...replaced]
        .filter((id) => namesOf(after.Resources[id] ?? never, stack.region).length > 0)
        .map((id) => `${id} is replaced under the same fixed name`),
      ...Object.entries(before.Resources).flatMap(([id, resource]) => {
        const next = after.Resources[id];
        if (next === undefined) return this.deletion([id, resource]);
        return tableProblems(id, { before: resource, after: next, region: stack.region });
      }),
    ];
  }

  /** Fixed names of new resources that another resource has. */
  private collisions(stack: DeployableStack, before: Template | undefined): string[] {
    const taken = new Map<string, string>();
    for (const { names, logicalId } of this.leftovers) {
      for (const name of names) taken.set(name, `the retained ${logicalId}`);
    }
    for (const other of this.stacks.values()) {
      for (const [id, resource] of Object.entries(other.template.Resources)) {
        for (const name of namesOf(resource, other.region)) taken.set(name, `${other.name} ${id}`);
      }
    }
    return Object.entries(stack.template.Resources)
      .filter(([id]) => before?.Resources[id] === undefined)
      .flatMap(([id, resource]) => namesOf(resource, stack.region).map((name) => ({ id, name })))
      .filter(({ name }) => taken.has(name))
      .map(({ id, name }) => `${id} cannot be created: ${taken.get(name)} has the name ${name}`);
  }

  private missingImports({ template, region }: DeployableStack): string[] {
    const exported = new Set(
      [...this.stacks.values()]
        .filter((other) => other.region === region)
        .flatMap((other) => [...exportsOf(other.template).keys()]),
    );
    return [...usesOf(template).imports]
      .filter((name) => !exported.has(name))
      .map((name) => `no stack exports ${name}`);
  }

  private exportProblems(
    before: Template,
    after: Template,
    stack: DeployableStack,
    replaced: ReadonlySet<string> = new Set(),
  ): string[] {
    const used = new Set(
      [...this.stacks.values()]
        .filter((other) => other.name !== stack.name && other.region === stack.region)
        .flatMap(({ template }) => [...usesOf(template).imports]),
    );
    const next = exportsOf(after);
    return [...exportsOf(before)]
      .filter(([name]) => used.has(name))
      .filter(([name, value]) => next.get(name) !== value || refersToAny(value, replaced))
      .map(([name]) => `the export ${name} is in use, so it cannot be removed or changed`);
  }

  /**
   * Weak references of other stacks to a value that changes, although their text stays the same.
   */
  private staleOutputs(
    stack: DeployableStack,
    before: Template,
    replaced: ReadonlySet<string>,
  ): string[] {
    const read = [...this.stacks.values()].flatMap(({ template }) => [...usesOf(template).outputs]);
    return Object.entries(before.Outputs)
      .filter(([name]) => read.includes(`${stack.name} ${name}`))
      .filter(([, { Value }]) => refersToAny(JSON.stringify(Value), replaced))
      .map(([name]) => `another stack still uses the former value of the output ${name}`);
  }

  private deletion([id, resource]: [string, Resource]): string[] {
    if (isRetained(resource)) return [];
    if (isProtected(resource)) return [`the protected table ${id} cannot be deleted`];
    if (this.hasDevices && resource.Type === "AWS::IoT::Policy") {
      return [`the policy ${id} is attached to certificates, so it cannot be deleted`];
    }
    return [];
  }
}

const never: Resource = { Type: "", Properties: {} };

const keyOf = ({ name, region }: DeployableStack): string => `${name} ${region}`;

const leftoversOf = (
  { name: stack, region, template }: DeployableStack,
  stays: (resource: Resource) => boolean,
): Leftover[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => stays(resource))
    .map(([logicalId, resource]) => ({
      stack,
      logicalId,
      type: resource.Type,
      names: namesOf(resource, region),
    }));

const exportsOf = ({ Outputs }: Template): Map<string, string> =>
  new Map(
    Object.values(Outputs).flatMap(({ Export, Value }) =>
      Export === undefined ? [] : [[String(Export.Name), JSON.stringify(Value)] as const],
    ),
  );

const refersToAny = (value: string, ids: ReadonlySet<string>): boolean =>
  [...usesOf(JSON.parse(value)).resources].some((id) => ids.has(id));

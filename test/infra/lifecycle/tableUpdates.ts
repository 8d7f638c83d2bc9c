import type { Resource } from "../synthesized.ts";

interface Replica {
  readonly Region: string;
  readonly DeletionProtectionEnabled?: boolean;
}

interface Change {
  readonly before: Resource;
  readonly after: Resource;
  /** The region of the stack. */
  readonly region: string;
}

/**
 * Changes of a global table that CloudFormation refuses.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
 */
export const tableProblems = (id: string, { before, after, region }: Change): string[] => {
  if (after.Type !== "AWS::DynamoDB::GlobalTable") return [];
  const [earlier, later] = [replicasOf(before), replicasOf(after)];
  const added = [...later.keys()].filter((name) => !earlier.has(name));
  const removed = [...earlier.keys()].filter((name) => !later.has(name));
  const problems = [
    ...removed
      .filter((name) => earlier.get(name)?.DeletionProtectionEnabled)
      .map((name) => `the replica of ${id} in ${name} is protected`),
    ...(later.has(region) ? [] : [`${id} has no replica in the region of its stack`]),
  ];
  const changes = added.length + removed.length;
  if (changes > 1) problems.push(`${id}: ${changes} replicas change in one update`);
  if (changes > 0 && hasOtherChanges(before, after)) {
    problems.push(`${id}: other properties change together with a replica`);
  }
  if (changed("StreamSpecification", before, after) && Math.max(earlier.size, later.size) > 1) {
    problems.push(`${id}: the stream changes while there are several replicas`);
  }
  return problems;
};

const replicasOf = ({ Properties }: Resource): Map<string, Replica> =>
  new Map(Properties.Replicas.map((replica: Replica) => [replica.Region, replica]));

const changed = (name: string, before: Resource, after: Resource): boolean =>
  JSON.stringify(before.Properties[name]) !== JSON.stringify(after.Properties[name]);

const hasOtherChanges = (before: Resource, after: Resource): boolean => {
  const names = new Set([...Object.keys(before.Properties), ...Object.keys(after.Properties)]);
  names.delete("Replicas");
  if ([...names].some((name) => changed(name, before, after))) return true;
  const earlier = replicasOf(before);
  return [...replicasOf(after)].some(([region, replica]) => {
    const former = earlier.get(region);
    return former !== undefined && JSON.stringify(former) !== JSON.stringify(replica);
  });
};

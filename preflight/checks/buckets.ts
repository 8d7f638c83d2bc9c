import { paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { paginateListBuckets } from "@aws-sdk/client-s3";
import type { Aws } from "../aws.ts";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import { pagesMax } from "../limits.ts";
import { ok } from "../row.ts";

/**
 * Buckets of these stacks that no stack owns. Their names are generated, so they stop no
 * deployment, but they contain the events and records of an earlier one.
 */
export const checkBuckets: Check = async ({ aws, requirements, signal }) => {
  const check = "buckets";
  const owned = await ownedBuckets(aws, requirements.stacks, signal);
  const left: string[] = [];
  for (const stack of requirements.stacks) {
    const input = { Prefix: `${stack.toLowerCase()}-`, BucketRegion: aws.region };
    const config = { client: aws.s3, pageSize: 1_000 };
    let pages = 0;
    for await (const { Buckets = [] } of paginateListBuckets(config, input, {
      abortSignal: signal,
    })) {
      left.push(...Buckets.flatMap(({ Name }) => Name ?? []).filter((name) => !owned.has(name)));
      pages += 1;
      if (pages === pagesMax) break;
    }
  }
  if (left.length === 0) return [ok(check, "none left over", "none left over")];
  return [
    {
      check,
      found: `left over: ${left.join(", ")}`,
      needed: "none left over",
      result: "note",
      action: "They are of an earlier deployment and stop nothing. Keep or empty and delete them.",
    },
  ];
};

const ownedBuckets = async (
  { cloudFormation: client }: Aws,
  stacks: readonly string[],
  abortSignal: AbortSignal,
): Promise<ReadonlySet<string>> => {
  const owned = new Set<string>();
  for (const StackName of stacks) {
    try {
      let pages = 0;
      for await (const page of paginateListStackResources(
        { client },
        { StackName },
        { abortSignal },
      )) {
        for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
          if (ResourceType === "AWS::S3::Bucket" && PhysicalResourceId) {
            owned.add(PhysicalResourceId);
          }
        }
        pages += 1;
        if (pages === pagesMax) break;
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return owned;
};

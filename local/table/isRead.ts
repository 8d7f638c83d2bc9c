const reads: ReadonlySet<string> = new Set([
  "BatchGetItem",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "ListTables",
  "ListTagsOfResource",
  "Query",
  "Scan",
  "TransactGetItems",
]);

/** Whether an action, as `x-amz-target` names it, writes nothing. One that is not known may write. */
export const isRead = (target: string | undefined): boolean =>
  reads.has(target?.split(".").at(-1) ?? "");

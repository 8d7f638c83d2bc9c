import { createHash } from "node:crypto";
import { Failure } from "./failure.ts";

/** The versions of a resource that a client accepts for its change; absent: every version. */
export type ExpectedVersions = ReadonlySet<string> | undefined;

/** The version of a row with a revision, which is absent until the first change. */
export const versionOfRevision = ({ revision = 0 }: { revision?: number | undefined }): string =>
  `r${revision}`;

/** The version of a row without a revision: a digest of the values that can be changed. */
export const versionOfValues = (values: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(values)).digest("base64url").slice(0, 22);

/** Fails with `precondition_failed` unless the version is one that the client accepts. */
export const requireVersion = (expected: ExpectedVersions, version: string): void => {
  if (expected === undefined || expected.has(version)) return;
  throw staleVersion();
};

/** The failure of a change that another one has preceded. */
export const staleVersion = (cause?: unknown): Failure =>
  new Failure(
    "If-Match: the resource has changed since you read it. Read it again and repeat your change.",
    { code: "precondition_failed", cause },
  );

/**
 * Runs a change whose last write is conditional on the row that was read. If the client accepts
 * only some versions, a lost race means that the row has another one by now.
 */
export const withExpectedVersions = async <Done>(
  expected: ExpectedVersions,
  change: () => Promise<Done>,
): Promise<Done> => {
  try {
    return await change();
  } catch (error) {
    const isLost = error instanceof Failure && error.code === "conflict";
    throw expected !== undefined && isLost ? staleVersion(error) : error;
  }
};

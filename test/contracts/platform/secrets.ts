import { expect, it } from "vitest";
import type { Secrets } from "#shared/platform/secrets.ts";

/**
 * Contract of every implementation of secrets. Each call of `worker` opens one with the same key.
 */
export const secretsContract = (open: () => Promise<{ worker: () => Secrets }>): void => {
  it("a secret is opened by another worker, in its own context only", async () => {
    const { worker } = await open();
    const sealed = await worker().seal("s3cret é", "here");
    expect(sealed).not.toContain("s3cret");
    expect(await worker().open(sealed, "here")).toBe("s3cret é");
    await expect(worker().open(sealed, "there")).rejects.toThrow();
  });
};

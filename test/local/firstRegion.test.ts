import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { expectFirstRegion } from "../../local/firstRegion.ts";

it("a state folder stays with the region that it was made for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "first-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await expectFirstRegion(folder, "us-east-1");
  await expectFirstRegion(folder, "us-east-1");
  await expect(expectFirstRegion(folder, "eu-west-1")).rejects.toMatchObject({
    name: "StartError",
    message: expect.stringContaining("us-east-1"),
  });
});

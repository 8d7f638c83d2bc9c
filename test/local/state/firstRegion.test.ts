import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { assertFirstRegion } from "../../../local/state/firstRegion.ts";

it("a state folder keeps its first region", async () => {
  const folder = await mkdtemp(join(tmpdir(), "first-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await assertFirstRegion(folder, "us-east-1");
  await assertFirstRegion(folder, "us-east-1");
  await expect(assertFirstRegion(folder, "eu-west-1")).rejects.toMatchObject({
    name: "StartError",
    message: expect.stringContaining("us-east-1"),
  });
});

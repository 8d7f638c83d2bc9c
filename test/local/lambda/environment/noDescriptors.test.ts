import { closeSync, openSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { deploy } from "../deploy.ts";

/** Linux enforces the soft limit, which Node.js raises to the hard limit. */
const descriptorsMax = 2_000_000;

it.runIf(process.platform === "linux")(
  "an invocation waits, and does not fail, while no file descriptor is available for an environment",
  async () => {
    const { lambda, name, logged } = await deploy("export const handler = async () => 5;");
    const held = takeAll();
    const answered = lambda.invoke(name, {});
    try {
      await vi.waitFor(() => expect(logged).toHaveLength(1));
      expect(logged[0]).toMatchObject({ message: "environment cannot start" });
    } finally {
      for (const descriptor of held) closeSync(descriptor);
    }
    expect(await answered).toBe(5);
    expect(lambda.usage()[name]).toMatchObject({ errors: 0 });
  },
);

const takeAll = (): number[] => {
  const held: number[] = [];
  try {
    while (held.length < descriptorsMax) held.push(openSync("/dev/null", "r"));
  } catch {
    // No descriptor is available.
  }
  return held;
};

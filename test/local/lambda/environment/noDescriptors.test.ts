import { closeSync, openSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { deploy } from "../deploy.ts";

/** Linux gives a process no more than its soft limit, which Node raises to the hard one. */
const descriptorsMax = 2_000_000;

it.runIf(process.platform === "linux")(
  "an invocation waits while this machine has no file descriptor for an environment, and is not failed by that",
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
    // None is left.
  }
  return held;
};

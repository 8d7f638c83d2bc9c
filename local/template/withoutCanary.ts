import type { Stack } from "./assembly.ts";

/** The construct with the canary: its logical ids begin with this. No other ones do. */
const prefix = "Canary";

const operations = /^Godwit-Operations-/;

/**
 * The stacks without the canary and its alarms, as a deployment with the setting `canary: false`.
 * Without a second synthesis, which takes seconds.
 */
export const withoutCanary = (stacks: readonly Stack[]): Stack[] =>
  stacks.map((stack) => {
    if (!operations.test(stack.name)) return stack;
    const { template } = stack;
    const Resources = Object.fromEntries(
      Object.entries(template.Resources).filter(([id]) => !id.startsWith(prefix)),
    );
    return { ...stack, template: { ...template, Resources } };
  });

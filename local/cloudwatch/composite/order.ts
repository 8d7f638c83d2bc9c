import type { CompositeAlarm } from "../alarm/definition.ts";
import { alarmsOf } from "./alarmRule.ts";

/**
 * Sorts composite alarms, each after those of its rule. Fails for a cycle: "your composite alarms
 * stop being evaluated" then.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
 */
export const inRuleOrder = (composites: readonly CompositeAlarm[]): readonly CompositeAlarm[] => {
  const byName = new Map(
    composites.flatMap((each) => [
      [each.name, each],
      [each.arn, each],
    ]),
  );
  const ordered = new Set<CompositeAlarm>();
  const add = (composite: CompositeAlarm, path: readonly string[]): void => {
    if (ordered.has(composite)) return;
    const { name, rule } = composite;
    if (path.includes(name)) {
      throw new Error(`the rules of composite alarms form a cycle: ${[...path, name].join(", ")}`);
    }
    for (const child of alarmsOf(rule)) {
      const found = byName.get(child);
      if (found !== undefined) add(found, [...path, name]);
    }
    ordered.add(composite);
  };
  for (const composite of composites) add(composite, []);
  return [...ordered];
};

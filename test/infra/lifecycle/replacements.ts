import type { Resource, Template } from "../synthesized.ts";
import { usesOf } from "./references.ts";
import { resourceTypes } from "./resourceTypes.ts";

/**
 * The logical ids of the resources that CloudFormation replaces in an update. Fails on a type that
 * `resourceTypes` does not contain.
 */
export const replacedIn = (before: Template, after: Template): ReadonlySet<string> => {
  const replaced = new Set<string>();
  const isReplaced = ([id, resource]: [string, Resource]): boolean => {
    const earlier = before.Resources[id];
    if (earlier === undefined) return false;
    if (earlier.Type !== resource.Type) return true;
    const type = resourceTypes[resource.Type];
    if (type === undefined) throw new Error(`${resource.Type}: add it to resourceTypes.ts`);
    return (type.createOnly ?? []).some((path) => {
      const value = valueAt(resource.Properties, path);
      if (JSON.stringify(valueAt(earlier.Properties, path)) !== JSON.stringify(value)) return true;
      return [...usesOf(value).resources].some((used) => replaced.has(used));
    });
  };
  // A replacement can cause others.
  for (let size = -1; size !== replaced.size; ) {
    size = replaced.size;
    for (const entry of Object.entries(after.Resources)) {
      if (isReplaced(entry)) replaced.add(entry[0]);
    }
  }
  return replaced;
};

const valueAt = (properties: Record<string, unknown>, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => Object(value)[name], properties);

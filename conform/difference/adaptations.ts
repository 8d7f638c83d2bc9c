import * as z from "zod";
import type { Resource, Template } from "../templates.ts";

/** Changes every resource of a type. */
export const changeEach =
  (type: string, change: (resource: Resource) => void) =>
  ({ Resources }: Template): void => {
    for (const resource of Object.values(Resources)) if (resource.Type === type) change(resource);
  };

/** Removes the resources of a type that match. No other resource may refer to them. */
export const removeEach =
  (type: string, shouldRemove: (resource: Resource) => boolean) =>
  ({ Resources }: Template): void => {
    for (const [id, resource] of Object.entries(Resources)) {
      if (resource.Type === type && shouldRemove(resource)) delete Resources[id];
    }
  };

/** Moves the resources of these types to the end of the template. */
export const moveToEnd =
  (...types: readonly string[]) =>
  (template: Template): void => {
    const rank = ({ Type }: Resource): number => types.indexOf(Type);
    template.Resources = Object.fromEntries(
      Object.entries(template.Resources).toSorted(([, one], [, other]) => rank(one) - rank(other)),
    );
  };

/** Replaces weak references to outputs by exports, which `Fn::ImportValue` imports. */
export const exportOutputs = (template: Template): void => {
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    output.Export = { Name: name };
  }
  replaceEach(template.Resources, "Fn::GetStackOutput", (value) => ({
    "Fn::ImportValue": z.object({ OutputName: z.string() }).parse(value).OutputName,
  }));
};

/** Replaces each call of an intrinsic function within a value. */
const replaceEach = (within: object, name: string, replace: (value: unknown) => object): void => {
  for (const [key, value] of Object.entries(within)) {
    if (typeof value !== "object" || value === null) continue;
    if (name in value) Object.assign(within, { [key]: replace(value[name]) });
    else replaceEach(value, name, replace);
  }
};

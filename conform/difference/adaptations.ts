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

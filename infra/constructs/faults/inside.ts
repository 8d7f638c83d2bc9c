import type { IConstruct } from "constructs";

/** The construct at a path of construct ids below `scope`. Throws when it does not exist. */
export const inside = (scope: IConstruct, path: string): IConstruct =>
  path.split("/").reduce<IConstruct>((parent, name) => parent.node.findChild(name), scope);

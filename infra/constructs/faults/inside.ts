import type { IConstruct } from "constructs";

/** The construct at a path below another one, by the names that they were made with. Throws when there is none. */
export const inside = (scope: IConstruct, path: string): IConstruct =>
  path.split("/").reduce<IConstruct>((parent, name) => parent.node.findChild(name), scope);

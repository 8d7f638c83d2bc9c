import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The file of a function's module, or `undefined` if there is none. `handler` is `file.export`, as
 * in the template.
 */
export const moduleFile = (folder: string, handler: string): string | undefined => {
  const module = handler.slice(0, handler.lastIndexOf("."));
  const files = ["js", "mjs", "cjs"].map((ending) => join(folder, `${module}.${ending}`));
  return files.find((file) => existsSync(file));
};

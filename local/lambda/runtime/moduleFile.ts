import { existsSync, readFileSync } from "node:fs";
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

/**
 * Whether the text of a function's module has the name of Lambda's decorator for streaming
 * handlers. Only the loaded handler tells for certain whether it streams. False when the file
 * cannot be read, for example for lack of file descriptors.
 */
export const mentionsStreaming = (folder: string, handler: string): boolean => {
  const file = moduleFile(folder, handler);
  if (file === undefined) return false;
  try {
    return readFileSync(file).includes("awslambda.streamifyResponse");
  } catch {
    return false;
  }
};

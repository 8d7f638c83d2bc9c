import { readFile } from "node:fs/promises";
import type * as z from "zod";
import { StartError } from "../start/startError.ts";

/**
 * Reads a JSON file of an earlier start; `undefined` when it does not exist. Fails with a
 * `StartError` that names the file when the content is invalid.
 */
export const readStateFile = async <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> => {
  const text = await readFileIfExists(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw damagedFileError(path, cause);
  }
};

/** The text of a file; `undefined` when it does not exist. */
export const readFileIfExists = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** The error for a file of the state folder whose content is not what Godwit wrote. */
export const damagedFileError = (path: string, cause: unknown): StartError =>
  new StartError(
    `${path} is damaged: restore the folder from a backup, start with --repair, which moves the file aside, or choose another --data`,
    {
      cause,
    },
  );

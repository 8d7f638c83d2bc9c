import { readFile } from "node:fs/promises";
import type * as z from "zod";
import { StartError } from "../start/startError.ts";

/**
 * Reads a file of JSON that an earlier start wrote; `undefined` when there is none. Fails with a
 * `StartError` that names the file when something else has damaged it.
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

/** The text of a file; `undefined` when there is none. */
export const readFileIfExists = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** What to say of a file in the state folder that cannot be what Godwit wrote. */
export const damagedFileError = (path: string, cause: unknown): StartError =>
  new StartError(
    `${path} is damaged: restore the folder from a copy, or start with --repair, which puts it aside, or with another --data`,
    {
      cause,
    },
  );

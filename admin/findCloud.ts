import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import type { Options } from "./command.ts";
import { textOf } from "./textOf.ts";
import { UsageError } from "./usageError.ts";

const placeSchema = z.object({
  function: z.string(),
  region: z.string().optional(),
  endpoint: z.url().optional(),
  /** The endpoint of DynamoDB on one machine. */
  tables: z.url().optional(),
  accessKeyId: z.string().optional(),
  secretAccessKey: z.string().optional(),
});

/**
 * The name of the admin function, and the client configuration. The AWS SDK supplies missing
 * values.
 */
export type Place = z.output<typeof placeSchema>;

/** The name of the function in the templates. */
const functionDefault = "godwit-admin";

/**
 * Finds the cloud on this machine by its state folder, in its first region or in a given one, or
 * the one in AWS. Options take precedence over environment variables.
 */
export const findCloud = async (
  options: Options,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Place> => {
  const state = textOf(options.state);
  const region = textOf(options.region);
  const named = textOf(options.function);
  if (state !== undefined && named !== undefined) {
    throw new UsageError("--state is for this machine, --function is for AWS.");
  }
  const inAws = region !== undefined || named !== undefined;
  const folder = state ?? (inAws ? undefined : environment.STATE);
  if (folder !== undefined) {
    const place = await readPlace(join(folder, "admin.json"));
    return region === undefined ? place : { ...place, region };
  }
  return { region, function: named ?? environment.ADMIN_FUNCTION ?? functionDefault };
};

const readPlace = async (file: string): Promise<Place> => {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read: no Godwit runs with this state folder.`, {
      cause,
    });
  });
  const parsed = placeSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} does not contain the address of the admin function.`);
};

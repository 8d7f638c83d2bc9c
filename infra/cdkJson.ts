import * as z from "zod";
import { SettingsError } from "./readSettings.ts";

const cdkJson = z.looseObject({ context: z.looseObject({}) });

/**
 * Parses the text of `cdk.json`. Fails with a `SettingsError` if it is no JSON or has no context;
 * the settings in the context are not checked.
 */
export const parseCdkJson = (text: string): z.output<typeof cdkJson> => {
  const parsed = cdkJson.safeParse(json(text));
  if (parsed.success) return parsed.data;
  throw new SettingsError('"context" must be an object with the settings, such as "regions"');
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError(`it is no JSON, which has no comments: ${reason}`, { cause });
  }
};

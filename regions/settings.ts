import { readFile, rename, writeFile } from "node:fs/promises";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import { UsageError } from "../admin/usageError.ts";
import { type RegionSettings, regionSettings } from "../infra/regionSettings.ts";
import type { SettingsChange } from "./step.ts";

/** The settings of `cdk.json` that decide which stacks a region has. */
export interface Settings extends RegionSettings {
  readonly hasDomain: boolean;
  readonly hasDrills: boolean;
}

const cdkJson = z.looseObject({
  context: z.looseObject({
    regions: z.unknown().optional(),
    stateRegion: z.unknown().optional(),
    closedRegions: z.unknown().optional(),
    unprotectedRegions: z.unknown().optional(),
    domain: z.string().optional(),
    drills: z.union([z.boolean(), z.stringbool()]).optional(),
  }),
});

/** Reads `cdk.json`. Fails with a `UsageError` that names the invalid value. */
export const readSettings = async (file: string): Promise<Settings> => {
  try {
    const { context } = cdkJson.parse(parseJson(await readFile(file, "utf8")));
    return {
      ...regionSettings(context),
      hasDomain: context.domain !== undefined,
      hasDrills: context.drills === true,
    };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UsageError(`${file}: ${reason}`, { cause });
  }
};

/** Changes `context` in `cdk.json` and nothing else. The file is replaced in one step. */
export const writeSettings = async (file: string, change: SettingsChange): Promise<void> => {
  const text = await readFile(file, "utf8");
  const changed = changeSettings(text, change);
  if (changed === text) return;
  await writeFile(`${file}.new`, changed);
  await rename(`${file}.new`, file);
};

/** The text of `cdk.json` with the change. Other lines stay as they are. */
export const changeSettings = (text: string, change: SettingsChange): string => {
  const { regions, stateRegion, closedRegions } = change;
  const given = { regions, stateRegion, closedRegions };
  let next = text;
  for (const name of ["closedRegions", "stateRegion"]) next = next.replace(entryOf(name), "");
  const entries = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}": ${textOf(value)}`],
  );
  next = next.replace(/([ \t]*)"regions"\s*:\s*(?:\[[^\]]*\]|"[^"]*")/, (_, indent: string) =>
    entries.map((entry) => `${indent}${entry}`).join(",\n"),
  );
  if (isSame(parseJson(next), { ...given, text })) return next;
  throw new UsageError(`cdk.json cannot be changed: set ${entries.join(", ")} in "context".`);
};

const entryOf = (name: string): RegExp =>
  new RegExp(`[ \\t]*"${name}"\\s*:\\s*(?:\\[[^\\]]*\\]|"[^"]*"),?[ \\t]*\\r?\\n`);

const textOf = (value: string | readonly string[]): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;

const isSame = (
  next: unknown,
  { text, ...change }: SettingsChange & { readonly text: string },
): boolean => {
  const { context: before, ...rest } = cdkJson.parse(parseJson(text));
  const expected = { ...rest, context: { ...before, ...change } };
  return sorted(next) === sorted(expected);
};

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

import { readFile, rename, writeFile } from "node:fs/promises";
import { parseJson } from "#shared/platform/parseJson.ts";
import { UsageError } from "../admin/usageError.ts";
import { parseCdkJson } from "../infra/cdkJson.ts";
import { SettingsError } from "../infra/readSettings.ts";
import type { RegionSettings } from "../infra/regionSettings.ts";
import { settingsFrom } from "../infra/settings.ts";
import type { SettingsChange } from "./step.ts";

/** The settings of `cdk.json` that decide which stacks a region has. */
export interface Settings extends RegionSettings {
  readonly hasDomain: boolean;
  readonly hasDrills: boolean;
}

/** Reads `cdk.json`. Fails with a `UsageError` that names the invalid value. */
export const readSettings = async (file: string): Promise<Settings> => {
  const text = await readFile(file, "utf8");
  try {
    const { where, domain, drills } = settingsFrom(parseCdkJson(text).context);
    return { ...where, hasDomain: domain !== undefined, hasDrills: drills };
  } catch (cause) {
    if (!(cause instanceof SettingsError)) throw cause;
    throw new UsageError(`${file}: ${cause.message}`, { cause });
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

/**
 * The text of `cdk.json` with the change. Other lines stay as they are, if the format of the file
 * allows it; otherwise the entire file gets a new format. Fails with a `UsageError` if the file has
 * no regions.
 */
export const changeSettings = (text: string, change: SettingsChange): string => {
  const { regions, stateRegion, closedRegions } = change;
  const given = { regions, stateRegion, closedRegions };
  const edited = editLines(text, given);
  if (isOnce(edited) && isSame(parseJson(edited), { ...given, text })) {
    return edited;
  }
  const { context, ...rest } = parseCdkJson(text);
  if (!Object.hasOwn(context, "regions")) {
    throw new UsageError(
      `cdk.json cannot be changed: set ${entriesOf(given).join(", ")} in "context".`,
    );
  }
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
  return `${JSON.stringify({ ...rest, context: { ...context, ...given } }, null, indent)}\n`;
};

const entriesOf = (change: SettingsChange): string[] =>
  Object.entries(change).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}": ${textOf(value)}`],
  );

const editLines = (text: string, change: SettingsChange): string => {
  let next = text;
  for (const name of ["closedRegions", "stateRegion"]) next = next.replace(entryOf(name), "");
  next = next.replace(/([ \t]*)"regions"\s*:\s*(?:\[[^\]]*\]|"[^"]*")/, (_, indent: string) =>
    entriesOf(change)
      .map((entry) => `${indent}${entry}`)
      .join(",\n"),
  );
  return next;
};

/** JSON allows a name twice, and the last value counts: an edit must not leave an earlier one. */
const isOnce = (text: string): boolean =>
  ["regions", "stateRegion", "closedRegions"].every(
    (name) => text.split(new RegExp(`"${name}"\\s*:`)).length <= 2,
  );

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
  const { context: before, ...rest } = parseCdkJson(text);
  const expected = { ...rest, context: { ...before, ...change } };
  return sorted(next) === sorted(expected);
};

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

import { isRecord } from "../platform/isRecord.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { kinds } from "./kind/kinds.ts";

/** Aliases of settings in Particle's clients and published webhook files. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["eventName", "event"],
  ["deviceid", "deviceID"],
  ["deviceId", "deviceID"],
  ["method", "requestType"],
  ["responseEvent", "responseTopic"],
  ["errorResponseEvent", "errorResponseTopic"],
]);

/**
 * Fields that are accepted and ignored. `mydevices` is historic: a fleet's integrations get only
 * events of its own devices. The others are fields of replies, so that a reply can be sent back.
 */
const ignored: ReadonlySet<string> = new Set([
  "mydevices",
  "id",
  "ok",
  "created_at",
  "hookUrl",
  "signed",
  "signing_secret",
  "previous_signs_until",
  // The former name of `previous_signs_until`, in stored replies.
  "former_signs_until",
  "disabledReason",
  "counters",
  "logs",
  "errors",
]);

/** Mutually exclusive settings of the body. */
export const bodySettings = ["json", "form", "body"] as const;

interface Options {
  /** The names of the settings of all kinds. */
  readonly known: ReadonlySet<string>;
  /** Reports what is wrong with a setting. */
  readonly report: (setting: string, message: string) => void;
}

/** The canonical name of a setting that may be given under an alias. */
export const settingName = (name: string): string => aliases.get(name) ?? name;

/**
 * Normalizes the settings of a request: aliases of names, the case of methods and kinds, spaces
 * around a URL. Known settings that are null or empty are dropped, as are an empty object beside
 * another body and the historic flag `"json": true`. Unknown names are kept, so that the schema
 * rejects them.
 */
export const canonicalSettings = (input: unknown, options: Options): unknown => {
  if (!isRecord(input)) return input;
  const named = renamed(input, options);
  const { integration_type: kind = "Webhook", ...settings } = named;
  const spelled = { integration_type: canonicalKind(kind), ...withoutEmptyBodies(settings) };
  return Object.fromEntries(
    Object.entries(spelled).map(([name, value]) => [name, canonicalValue(name, value)]),
  );
};

const isGiven = (value: unknown): boolean => value !== null && value !== undefined && value !== "";

const renamed = (input: Readonly<Record<string, unknown>>, { known, report }: Options) => {
  const found = new Map<string, { as: string; value: unknown }>();
  for (const [as, value] of Object.entries(input)) {
    const name = settingName(as);
    if ((!isGiven(value) && known.has(name)) || ignored.has(as)) continue;
    const other = found.get(name);
    if (other !== undefined && JSON.stringify(other.value) !== JSON.stringify(value)) {
      report(as, `has another value than ${other.as}, which is the same setting`);
    }
    found.set(name, { as, value });
  }
  return Object.fromEntries(
    [...found].map(([name, { value }]): [string, unknown] => [name, value]),
  );
};

const canonicalKind = (kind: unknown): unknown =>
  Object.keys(kinds).find((name) => name.toLowerCase() === textOf(kind).trim().toLowerCase()) ??
  kind;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Old files have `"json": true` for a JSON reply. */
const isHistoricFlag = (value: unknown): boolean =>
  typeof value === "boolean" || value === "true" || value === "false";

const withoutEmptyBodies = (settings: Readonly<Record<string, unknown>>) => {
  const bodies = bodySettings.filter(
    (name) => isGiven(settings[name]) && !(name === "json" && isHistoricFlag(settings[name])),
  );
  const full = bodies.filter((name) => !isEmpty(settings[name]));
  const isGet = textOf(settings.requestType).trim().toUpperCase() === "GET";
  const kept: readonly string[] = full.length > 0 || isGet ? full : bodies;
  const isDropped = (name: string): boolean =>
    bodySettings.some((body) => body === name) && !kept.includes(name);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !isDropped(name)));
};

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;

const canonicalValue = (name: string, value: unknown): unknown => {
  switch (name) {
    case "url":
      return typeof value === "string" ? value.trim() : value;
    case "requestType":
      return typeof value === "string" && !value.includes("{{")
        ? value.trim().toUpperCase()
        : value;
    case "auth":
      return isRecord(value) ? canonicalAuth(value) : value;
    case "form":
    case "query":
    case "headers":
      return isRecord(value) ? withoutNulls(value) : value;
    default:
      return value;
  }
};

/** An API key is often a user name without a password. */
const canonicalAuth = ({
  user,
  pass,
  username,
  password,
  ...unknown
}: Readonly<Record<string, unknown>>): object => ({
  ...omitUndefined({ username: username ?? user ?? undefined }),
  password: password ?? pass ?? "",
  ...unknown,
});

const withoutNulls = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );

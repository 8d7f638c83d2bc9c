import { isRecord } from "../../../shared/platform/isRecord.ts";
import { parseJson } from "../../../shared/platform/parseJson.ts";
import { excerpt, visible } from "../../../shared/platform/visibleText.ts";
import type { ReleaseInput } from "../../cloud/bodies.ts";
import type { CommandDeps, Input, OptionSpec } from "../../line/command.ts";
import { usageError } from "../../line/commandError.ts";
import { versionArgument } from "../versionArgument.ts";
import { secondsIn } from "./secondsIn.ts";

/** Options that describe a release. */
export const releaseOptions = {
  all: { summary: "to all devices of the product" },
  group: { value: "NAME", summary: "to the devices of this group; can be repeated", many: true },
  device: { value: "ID", summary: "to this device; can be repeated", many: true },
  wave: { value: "WAVE", summary: "a wave; can be repeated, in order", many: true },
  failures: { value: "COUNT,PERCENT", summary: "halt when both are reached (default 3,1)" },
  window: { value: "FROM-TO", summary: "only in these hours of each device: 22:00-06:00" },
  "return-within": {
    value: "TIME",
    summary: "time to come back, for a device whose interval is unknown",
  },
  forced: { summary: "devices can neither veto nor defer" },
  "next-hello": { summary: "offer it at the next hello of each device, not at once" },
  rollback: {
    value: "KIND",
    summary: "what happens when the release halts by itself",
    choices: ["slot", "version", "none"],
  },
  "rollback-version": { value: "VERSION", summary: "the version to go back to" },
  file: { value: "FILE", summary: "the release as JSON (docs/firmware.md); - is standard input" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The rules of `--wave`, for the help. */
export const waveNotes = `WAVE is PERCENT%, groups:NAME,… or devices:ID,…, and /TIME until the next wave may open:
  --wave devices:0123456789abcdef01234567/1h --wave 5%/1d --wave 100%
Percentages are cumulative. Without --wave, there is one wave with all devices. TIME is 90s, 15min, 1h or 1d.`;

/** The release of the command line: the fields of the file, then those of the options. */
export const readRelease = async (
  input: Input,
  { readText }: Pick<CommandDeps, "readText">,
): Promise<ReleaseInput> => {
  const file = input.text("file");
  const stored = file === undefined ? {} : objectIn(await readText(file), file);
  const waves = input.texts("wave").map(waveOf);
  const [failures, window] = [input.text("failures"), input.text("window")];
  const within = input.text("return-within");
  const former = input.number("rollback-version", { min: 1, max: 65_535 });
  const rollback = input.text("rollback");
  const release = {
    ...stored,
    version: versionArgument(input),
    ...receiversOf(input),
    ...(waves.length > 0 && { waves }),
    ...(failures !== undefined && { failures: failuresOf(failures) }),
    ...(window !== undefined && { window: windowOf(window) }),
    ...(within !== undefined && { return_within: secondsIn("--return-within", within) }),
    ...(input.has("forced") && { forced: true }),
    ...(input.has("next-hello") && { immediate: false }),
    ...(rollback !== undefined && { rollback }),
    ...(former !== undefined && { rollback_version: former }),
  };
  if ("to" in release) return release;
  throw usageError("Say to whom: --all, --group NAME or --device ID.");
};

const objectIn = (text: string, file: string): Readonly<Record<string, unknown>> => {
  const value = parseJson(text);
  if (isRecord(value)) return value;
  const source = file === "-" ? "Standard input" : visible(file);
  throw usageError(`${source} does not contain a JSON object.`);
};

/** The field `to`, unless no option says to whom. */
const receiversOf = (input: Input): { readonly to?: unknown } => {
  const [groups, devices] = [input.texts("group"), input.texts("device")];
  const chosen = [
    ...(input.has("all") ? [{ all: true }] : []),
    ...(groups.length > 0 ? [{ groups }] : []),
    ...(devices.length > 0 ? [{ devices }] : []),
  ];
  if (chosen.length > 1) throw usageError("Choose one of --all, --group and --device.");
  return chosen.length === 0 ? {} : { to: chosen[0] };
};

const waveOf = (text: string): unknown => {
  const [which = "", time, ...rest] = text.split("/");
  const soak = time === undefined ? {} : { soak: secondsIn("The time of --wave", time) };
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(which)?.[1];
  const [, kind, names = ""] = /^(groups|devices):(.+)$/.exec(which) ?? [];
  if (rest.length === 0 && percent !== undefined) return { percent: Number(percent), ...soak };
  if (rest.length === 0 && kind !== undefined) return { [kind]: names.split(","), ...soak };
  throw usageError(
    `--wave must be such as 5%/1d, groups:beta/1h or devices:ID/1h, not ${excerpt(text, 80)}.`,
  );
};

const failuresOf = (text: string): unknown => {
  const [, count, percent] = /^(\d{1,6}),(\d{1,3}(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (count !== undefined) return { count: Number(count), percent: Number(percent) };
  throw usageError(`--failures must be COUNT,PERCENT such as 3,1, not ${excerpt(text, 50)}.`);
};

const windowOf = (text: string): unknown => {
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  if (from !== undefined) return { from, to };
  throw usageError(`--window must be such as 22:00-06:00, not ${excerpt(text, 50)}.`);
};

import { isRecord } from "../../shared/platform/isRecord.ts";
import { parseJson } from "../../shared/platform/parseJson.ts";
import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import type { IntegrationSettings, SampleEvent } from "../cloud/bodies.ts";
import type { CommandDeps, Input, OptionSpec } from "../line/command.ts";
import { usageError } from "../line/commandError.ts";

/** Options that describe a webhook. */
export const settingOptions = {
  file: { value: "FILE", summary: "settings as JSON (docs/api.md, Webhooks); - is standard input" },
  event: { value: "PREFIX", summary: "events whose names begin with this" },
  url: { value: "URL", summary: "target" },
  name: { value: "NAME", summary: "name of the integration" },
  device: { value: "DEVICE", summary: "only events of this device" },
  method: { value: "METHOD", summary: "POST (default), GET, PUT or DELETE" },
  template: { value: "JSON", summary: 'JSON body as a template: \'{"t":"{{data}}"}\'' },
  header: { value: "NAME:VALUE", summary: "a header; can be repeated", many: true },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The settings of a new integration: those of the file, then those of the options. */
export const readSettings = async (
  input: Input,
  { readText }: Pick<CommandDeps, "readText">,
): Promise<IntegrationSettings> => {
  const file = input.text("file");
  const stored = file === undefined ? {} : objectIn(await readText(file), file);
  const headers = Object.fromEntries(input.texts("header").map(headerOf));
  const template = input.text("template");
  const own = {
    event: input.text("event"),
    url: input.text("url"),
    name: input.text("name"),
    deviceID: input.text("device"),
    requestType: input.text("method"),
    ...(template !== undefined && { json: template }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
  const chosen = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const settings = { ...stored, ...chosen };
  if (Object.keys(settings).length === 0) {
    throw usageError("Describe the integration by --event PREFIX --url URL, or by --file FILE.");
  }
  return { integration_type: "Webhook", ...settings };
};

const objectIn = (text: string, file: string): Readonly<Record<string, unknown>> => {
  const value = parseJson(text);
  if (isRecord(value)) return value;
  const source = file === "-" ? "Standard input" : visible(file);
  throw usageError(`${source} does not contain a JSON object.`);
};

const headerOf = (text: string): readonly [string, string] => {
  const colon = text.indexOf(":");
  if (colon < 1) throw usageError(`--header must be NAME:VALUE, not ${excerpt(text, 50)}.`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
};

/** Options that describe an event for a preview or a test. */
export const sampleOptions = {
  "sample-event": { value: "NAME", summary: "name of the example event" },
  "sample-device": { value: "DEVICE", summary: "device of the example event" },
  data: { value: "DATA", summary: "data of the example event" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The example event of the options; `undefined` if there is none. */
export const sampleOf = (input: Input): SampleEvent | undefined => {
  const [name, device, data] = ["sample-event", "sample-device", "data"].map((option) =>
    input.text(option),
  );
  if ([name, device, data].every((value) => value === undefined)) return undefined;
  return {
    ...(name !== undefined && { name }),
    ...(device !== undefined && { device }),
    data: data ?? "",
  };
};

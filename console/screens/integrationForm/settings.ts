/** The settings of an integration, in the names of the API. */
export type Settings = Readonly<Record<string, unknown>>;

/** What the form edits. Everything else is edited as JSON. */
export interface Draft {
  readonly name: string;
  readonly event: string;
  readonly url: string;
  readonly requestType: string;
  readonly device: string;
  readonly body: BodyKind;
  /** The text of the body: JSON with templates, a form as JSON, or any text. */
  readonly content: string;
  /** One header in each line: `name: value`. */
  readonly headers: string;
  /** All other settings, unchanged. */
  readonly others: Settings;
}

export type BodyKind = "default" | "json" | "form" | "body";

export const emptyDraft: Draft = {
  name: "",
  event: "",
  url: "",
  requestType: "POST",
  device: "",
  body: "default",
  content: "",
  headers: "",
  others: {},
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const pretty = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, null, 2);

const bodyOf = (settings: Settings): Pick<Draft, "body" | "content"> => {
  for (const kind of ["json", "form", "body"] as const) {
    const content = settings[kind];
    if (content !== undefined && content !== null) return { body: kind, content: pretty(content) };
  }
  return { body: "default", content: "" };
};

/** Fields of a reply that are no settings. */
const noSettings = new Set([
  "id",
  "created_at",
  "counters",
  "logs",
  "errors",
  "signed",
  "disabledReason",
]);

/** The settings in the details of an integration. */
export const settingsOf = (details: Settings): Settings =>
  Object.fromEntries(
    Object.entries(details).filter(([name, value]) => !noSettings.has(name) && value !== null),
  );

/** The draft of a webhook's settings. */
export const draftOf = (settings: Settings): Draft => {
  const { name, event, url, requestType, deviceID, headers, json, form, body, ...others } =
    settings;
  return {
    name: text(name),
    event: text(event),
    url: text(url),
    requestType: text(requestType) || "POST",
    device: text(deviceID),
    ...bodyOf({ json, form, body }),
    headers: linesOf(headers),
    others,
  };
};

const linesOf = (headers: unknown): string =>
  typeof headers === "object" && headers !== null
    ? Object.entries(headers)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join("\n")
    : "";

const headersOf = (lines: string): Record<string, string> =>
  Object.fromEntries(
    lines
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const colon = line.indexOf(":");
        if (colon < 1) throw new Error(`The header "${line}" has no colon. Write: name: value`);
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      }),
  );

/**
 * JSON text as an object, so that values are templates; a text that is not JSON stays a template of
 * JSON text.
 */
const jsonOf = (content: string): unknown => {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : content;
  } catch {
    return content;
  }
};

const formOf = (content: string): unknown => {
  try {
    return JSON.parse(content);
  } catch {
    throw new Error('The form is not JSON. Write: {"field": "{{value}}"}');
  }
};

const contentOf = ({ body, content }: Draft): Settings => {
  switch (body) {
    case "default":
      return {};
    case "json":
      return { json: jsonOf(content) };
    case "form":
      return { form: formOf(content) };
    case "body":
      return { body: content };
  }
};

/** The settings of a draft. Fails with a message for the user if a part of it cannot be read. */
export const settingsOfDraft = (draft: Draft): Settings => {
  const headers = headersOf(draft.headers);
  return {
    ...draft.others,
    integration_type: "Webhook",
    event: draft.event,
    url: draft.url,
    requestType: draft.requestType,
    ...(draft.name !== "" && { name: draft.name }),
    ...(draft.device !== "" && { deviceID: draft.device }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...contentOf(draft),
  };
};

/** The body of `PATCH`: what has changed, and `null` for what has gone. */
export const changesOf = (before: Settings, after: Settings): Settings => {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, after[name] ?? null]),
  );
};

import Mustache from "mustache";
import { isRecord } from "../platform/isRecord.ts";

/** Settings whose keys and values are templates. */
const templated = [
  "url",
  "requestType",
  "json",
  "form",
  "body",
  "query",
  "headers",
  "auth",
  "responseTemplate",
  "responseTopic",
  "errorResponseTopic",
];

/** A problem of a setting that matches the schema. */
export interface Problem {
  readonly setting: string;
  readonly message: string;
}

/**
 * Returns the first malformed template of an integration's settings, or `undefined` if there is
 * none.
 */
export const templateProblem = (settings: object): Problem | undefined => {
  for (const [setting, value] of Object.entries(settings)) {
    if (!templated.includes(setting)) continue;
    for (const text of textsIn(value)) {
      const why = parseProblem(text);
      if (why !== undefined) {
        const message = `has a malformed template (${why}): ${text.slice(0, 100)}`;
        return { setting, message };
      }
    }
  }
  return undefined;
};

const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
    : [];
};

const parseProblem = (template: string): string | undefined => {
  if (!template.includes("{{")) return undefined;
  try {
    // A new writer, because the library's caches every template.
    new Mustache.Writer().parse(template);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * Returns a template without its variables, or `undefined` if it has sections: any of its texts may
 * be absent then.
 */
export const fixedText = (template: string): string | undefined =>
  /\{\{\{?\s*[#^=]/.test(template)
    ? undefined
    : template.replace(/\{\{\{[^}]*\}\}\}|\{\{[^}]*\}\}/g, "");

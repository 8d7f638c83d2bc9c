import Mustache from "mustache";
import { isRecord } from "../platform/isRecord.ts";

/** The settings whose texts are templates, in keys and values. */
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

/** What is wrong with a setting that looks right. */
export interface Problem {
  readonly setting: string;
  readonly message: string;
}

/** The first template among an integration's settings that can never be filled; `undefined` when all can. */
export const templateProblem = (settings: object): Problem | undefined => {
  for (const [setting, value] of Object.entries(settings)) {
    if (!templated.includes(setting)) continue;
    for (const text of textsIn(value)) {
      const why = parseProblem(text);
      if (why !== undefined) {
        const message = `has a template that cannot be read (${why}): ${text.slice(0, 100)}`;
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
    // A writer of its own: the library's remembers every template.
    new Mustache.Writer().parse(template);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** A template without its variables, or `undefined` when it has sections: any of its texts may be absent then. */
export const fixedText = (template: string): string | undefined =>
  /\{\{\{?\s*[#^=]/.test(template)
    ? undefined
    : template.replace(/\{\{\{[^}]*\}\}\}|\{\{[^}]*\}\}/g, "");

import Mustache from "mustache";
import { BoundedMap } from "../platform/boundedMap.ts";
import { escapeHtml } from "../platform/escapeHtml.ts";
import { Failure } from "../platform/failure.ts";
import {
  cachedTemplateCharsMax,
  cachedTemplatesMax,
  renderedCharsMax,
  templateStepsMax,
} from "./limits.ts";

/** Renders a template. Fails with `invalid_request` if it is malformed or exceeds the limits. */
export type TemplateRenderer = (template: string) => string;

/**
 * Creates a renderer for the Mustache templates of one request. `{{x}}` is escaped for HTML.
 * `{{.}}` is the whole value, which may be a list or a plain value. `variables` is called once, for
 * the first template that has a tag: most requests have none.
 *
 * Nested sections over a long list could block a worker for hours and exhaust its memory. Therefore
 * all templates of a request together are limited to `templateStepsMax` iterations of sections and
 * `renderedCharsMax` characters.
 */
export const templateRenderer = (variables: () => unknown): TemplateRenderer => {
  const left = { steps: templateStepsMax, chars: renderedCharsMax };
  const writer = new BoundedWriter(left);
  let scope: Scope | undefined;
  return (template) => {
    if (!template.includes("{{")) return template;
    scope ??= new Scope(variables(), left);
    try {
      return writer.render(template, scope, {}, { escape: escapeValue });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Failure(`a template cannot be used: ${why}`, { code: "invalid_request", cause });
    }
  };
};

/** What remains of a request's limits. */
interface Bounds {
  steps: number;
  chars: number;
}

/**
 * The variables inside a section. Only own members are visible: a template cannot call functions of
 * the language.
 */
class Scope extends Mustache.Context {
  readonly #left: Bounds;
  readonly #outer: Scope | undefined;

  constructor(view: unknown, left: Bounds, outer?: Scope) {
    super(view);
    this.#left = left;
    this.#outer = outer;
  }

  override push(view: unknown): Scope {
    this.#left.steps -= 1;
    if (this.#left.steps < 0) throw new Error("it has too many iterations of sections");
    return new Scope(view, this.#left, this);
  }

  override lookup(name: string): unknown {
    if (name === ".") return this.view;
    const path = name.split(".");
    const found = member(this.view, path);
    return found === undefined ? this.#outer?.lookup(name) : found.value;
  }
}

const member = (view: unknown, path: readonly string[]): { value: unknown } | undefined => {
  // Mustache gives the length of a text only as `{{text.length}}`.
  if (path.length === 1 && typeof view !== "object") return undefined;
  let value = view;
  for (const key of path) {
    if (value === undefined || value === null) return undefined;
    const own = Object.getOwnPropertyDescriptor(Object(value), key);
    if (own === undefined) return undefined;
    value = own.value;
  }
  return { value };
};

/** The parsed form of short templates, which Mustache does not change when it renders them. */
const parsedTemplates = new BoundedMap<string, unknown>(cachedTemplatesMax);

/** Counts rendered characters, for the templates of one request. */
class BoundedWriter extends Mustache.Writer {
  readonly #left: Bounds;

  constructor(left: Bounds) {
    super();
    this.#left = left;
  }

  override parse(template: string, ...tags: [Mustache.OpeningAndClosingTags?]): unknown {
    const isCached = tags[0] === undefined && template.length <= cachedTemplateCharsMax;
    if (!isCached) return super.parse(template, ...tags);
    const known = parsedTemplates.get(template);
    if (known !== undefined) return known;
    const parsed: unknown = super.parse(template);
    parsedTemplates.set(template, parsed);
    return parsed;
  }

  #counted(text: string | undefined): string {
    const written = String(text ?? "");
    this.#left.chars -= written.length;
    if (this.#left.chars < 0) throw new Error("the rendered text is too long");
    return written;
  }

  override rawValue(...given: Parameters<Mustache.Writer["rawValue"]>): string {
    return this.#counted(super.rawValue(...given));
  }

  override escapedValue(...given: Parameters<Mustache.Writer["escapedValue"]>): string {
    return this.#counted(super.escapedValue(...given));
  }

  override unescapedValue(...given: Parameters<Mustache.Writer["unescapedValue"]>): string {
    return this.#counted(super.unescapedValue(...given));
  }
}

const escapeValue = (value: unknown): string => escapeHtml(String(value));

/** Renders keys and values. */
export const renderFields = (
  fields: Readonly<Record<string, string>>,
  renderText: TemplateRenderer,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [renderText(key), renderText(value)]),
  );

/** Renders the keys and texts of a JSON object at any depth. A rendered value is a text. */
export const renderJson = (
  fields: Readonly<Record<string, unknown>>,
  renderText: TemplateRenderer,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [renderText(key), renderValue(value, renderText)]),
  );

const renderValue = (value: unknown, renderText: TemplateRenderer): unknown => {
  if (typeof value === "string") return renderText(value);
  if (Array.isArray(value)) return value.map((item) => renderValue(item, renderText));
  if (typeof value === "object" && value !== null) return renderJson({ ...value }, renderText);
  return value;
};

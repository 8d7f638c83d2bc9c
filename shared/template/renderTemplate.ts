import Mustache from "mustache";
import { Failure } from "../platform/failure.ts";
import { renderedCharsMax, templateStepsMax } from "./limits.ts";

/** Fills one template. Fails with `invalid_request` when it is none, or grows beyond its bounds. */
export type TemplateRenderer = (template: string) => string;

/**
 * Fills the templates of one request with the same variables. Mustache; what `{{x}}` gives is escaped for
 * HTML. `{{.}}` is all that is given, which may be a list or a plain value. A few nested sections over a long list would keep a worker busy for hours and fill its memory: all
 * templates of a request together have `templateStepsMax` turns of sections and `renderedCharsMax` characters.
 */
export const templateRenderer = (variables: unknown): TemplateRenderer => {
  const left = { steps: templateStepsMax, chars: renderedCharsMax };
  const writer = new BoundedWriter(left);
  const scope = new Scope(variables, left);
  return (template) => {
    if (!template.includes("{{")) return template;
    try {
      return writer.render(template, scope, {}, { escape: escapeHtml });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Failure(`a template cannot be used: ${why}`, { code: "invalid_request", cause });
    }
  };
};

/** What is left of a request's bounds. */
interface Bounds {
  steps: number;
  chars: number;
}

/** Variables, seen from inside sections. Own members only: no template reaches a function of the language. */
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
    if (this.#left.steps < 0) throw new Error("its sections are too many");
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
  // Mustache knows the length of a text only as `{{text.length}}`.
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

/** Counts what it writes. There is one for each request: the templates that it remembers go with it. */
class BoundedWriter extends Mustache.Writer {
  readonly #left: Bounds;

  constructor(left: Bounds) {
    super();
    this.#left = left;
  }

  #counted(text: string | undefined): string {
    const written = String(text ?? "");
    this.#left.chars -= written.length;
    if (this.#left.chars < 0) throw new Error("what it makes is too long");
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

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (character) => escapes[character] ?? character);

/** Fills the keys and values of plain fields. */
export const renderFields = (
  fields: Readonly<Record<string, string>>,
  renderText: TemplateRenderer,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [renderText(key), renderText(value)]),
  );

/** Fills the keys and the texts of a JSON object, however deep. A filled value is a text. */
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

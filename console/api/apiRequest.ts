type Value = string | number | boolean | undefined;

/** A request to the API, as `curl` and `fetch` need it. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Beginning with `/v1/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, Value>>;
  readonly body?: unknown;
  /** The fields of a form with a file, for `curl`. `sendForm` sends it. */
  readonly form?: { readonly file: string; readonly fields: Readonly<Record<string, string>> };
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Whether a path has a segment that changes the path: a hostile device can have a function with the
 * name `..`, and browsers resolve it, also encoded.
 * https://url.spec.whatwg.org/#double-dot-path-segment
 */
export const leavesItsPath = (path: string): boolean =>
  path.split(/[/\\]/).some((segment) => /^(\.|%2e){1,2}$/i.test(segment));

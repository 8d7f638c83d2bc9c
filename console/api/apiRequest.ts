type Value = string | number | boolean | undefined;

/** A request to the API, as `curl` and `fetch` need it. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Beginning with `/v1/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, Value>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

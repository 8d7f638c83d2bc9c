import type { ApiRequest } from "./apiRequest.ts";

/**
 * The URL of a request to the API at `api`, which ends with a slash. A parameter without a value or
 * with an empty one is omitted.
 */
export const requestUrl = (
  api: URL,
  { path, query = {} }: Pick<ApiRequest, "path" | "query">,
): URL => {
  const url = new URL(path.slice(1), api);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
};

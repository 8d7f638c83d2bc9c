import type { ApiRequest } from "./apiRequest.ts";
import { requestUrl } from "./requestUrl.ts";

/** The address of the API: the console is in its folder `console`. */
export const apiUrl = new URL("..", document.baseURI);

/** The URL of a request to this API. */
export const urlOfRequest = (request: Pick<ApiRequest, "path" | "query">): URL =>
  requestUrl(apiUrl, request);

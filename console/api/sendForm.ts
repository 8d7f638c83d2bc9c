import { ApiError } from "./apiError.ts";
import { urlOfRequest } from "./apiUrl.ts";
import { answered, lost } from "./connection.ts";
import { credentials } from "./credentials.ts";
import { errorOf } from "./request.ts";

/** A form with a file for a route of the API. */
export interface FileForm {
  readonly path: string;
  readonly file: File;
  readonly fields: Readonly<Record<string, string>>;
  /** Cancels the upload. */
  readonly signal: AbortSignal;
  /** Called while the form is sent, with the part that was sent: from 0 to 1. */
  onProgress(part: number): void;
}

/**
 * Sends a form with a file (`POST`, multipart) and returns the body of its reply. Fails with
 * `ApiError`. `fetch` does not tell how much it has sent.
 */
export const sendForm = async <Reply>(given: FileForm): Promise<Reply> => {
  const response = await send(given);
  if (!response.ok) throw await errorOf(response);
  return await response.json();
};

const send = ({ path, file, fields, signal, onProgress }: FileForm): Promise<Response> =>
  new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", urlOfRequest({ path }).href);
    for (const [name, value] of Object.entries(credentials())) {
      request.setRequestHeader(name, value);
    }
    const fail = (why: string): void => reject(new ApiError(why, { status: 0, code: "offline" }));
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      if (request.status < 500) answered();
      const after = request.getResponseHeader("Retry-After");
      const headers = new Headers(after === null ? [] : [["Retry-After", after]]);
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onerror = () => {
      lost();
      fail("The API does not answer.");
    };
    request.onabort = () =>
      reject(new ApiError("The upload was canceled.", { status: 400, code: "canceled" }));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });

import type { ApiRequest } from "../api/apiRequest.ts";
import { urlOfRequest } from "../api/apiUrl.ts";
import { type Access, accessHeaders } from "./access.ts";

/** What the API answered so far. */
export interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  readonly isOver: boolean;
}

/** Characters of an answer that are kept: of a stream, the latest ones. */
const textCharsMax = 200_000;

const shownHeaders = ["content-type", "etag", "retry-after", "x-amzn-requestid"];

/** Sends a request, and passes on its answer as it arrives. */
export const send = async (
  request: ApiRequest,
  {
    access,
    signal,
    onAnswer,
  }: { access: Access; signal: AbortSignal; onAnswer(answer: Answer): void },
): Promise<void> => {
  const { method, body, headers } = request;
  const begun = performance.now();
  const response = await fetch(urlOfRequest(request), {
    method,
    headers: {
      ...headers,
      ...accessHeaders(access),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    signal,
  });
  const answer = {
    status: response.status,
    ms: Math.round(performance.now() - begun),
    headers: shownHeaders.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  };
  let text = "";
  onAnswer({ ...answer, text, isOver: false });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    text = (text + next.value).slice(-textCharsMax);
    onAnswer({ ...answer, text, isOver: false });
  }
  onAnswer({ ...answer, text: pretty(text), isOver: true });
};

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
};

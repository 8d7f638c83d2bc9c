import { parseJson } from "../../shared/platform/parseJson.ts";
import { replyBytesMax } from "./limits.ts";

const readMs = 5_000;

/** Reads JSON of a public address, without a token; `undefined` if there is none within 5 s. */
export const readJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
  try {
    const both = AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
    const response = await fetch(url, { signal: both });
    if (!response.ok || Number(response.headers.get("content-length") ?? 0) > replyBytesMax) {
      await response.body?.cancel();
      return undefined;
    }
    return parseJson(await response.text());
  } catch {
    return undefined;
  }
};

import { asError } from "../platform/asError.ts";
import { reasonCharsMax } from "./limits.ts";

/** What the state of operations is read from, in the order of the reply. */
export const sources = [
  "alarms",
  "metrics",
  "incidents",
  "pages",
  "self-tests",
  "heartbeats",
] as const;

export type Source = (typeof sources)[number];

/** A source that did not answer. */
export interface Unavailable {
  readonly source: Source;
  /** The region of the source; absent for the table of all regions. */
  readonly region: string | undefined;
  readonly reason: string;
}

interface Options {
  /** How long a source may take. */
  readonly sourceMs: number;
  readonly onError: (what: string, error: Error) => void;
}

/**
 * Returns a function that asks a source, and the list of those that did not answer. A source that
 * fails or is late is `undefined`: it never fails the whole.
 */
export const askSources = ({ sourceMs, onError }: Options) => {
  const unavailable: Unavailable[] = [];
  const ask = async <Answer>(
    { source, region }: { readonly source: Source; readonly region?: string },
    read: () => Promise<Answer>,
  ): Promise<Answer | undefined> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`no answer within ${sourceMs} ms`)),
      sourceMs,
    );
    try {
      return await Promise.race([read(), late.promise]);
    } catch (thrown) {
      const error = asError(thrown);
      onError(`${source} of ${region ?? "all regions"} did not answer`, error);
      unavailable.push({ source, region, reason: reasonOf(error) });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };
  return { ask, unavailable };
};

const reasonOf = ({ message, name }: Error): string => {
  const [first = ""] = message.split("\n");
  return (first || name).slice(0, reasonCharsMax);
};

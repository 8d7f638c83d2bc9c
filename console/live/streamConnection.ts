/** The API sends something at least every 9 s; a connection without it is broken. */
const silentMsMax = 30_000;

/** A hidden page gives its slot back after this time. The stream resumes where it ended. */
const hiddenMsMax = 60_000;

/** One connection of a stream. It ends when it is silent, and when the page stays hidden. */
export interface Connection {
  readonly signal: AbortSignal;
  /** Something has arrived. */
  heard(): void;
  close(): void;
}

/** Opens a connection, which also ends with `signal`. */
export const openConnection = (signal: AbortSignal): Connection => {
  const own = new AbortController();
  const end = (): void => own.abort();
  let silence = setTimeout(end, silentMsMax);
  let hidden: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = (): void => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(end, hiddenMsMax);
  };
  document.addEventListener("visibilitychange", onVisibility);
  return {
    signal: AbortSignal.any([signal, own.signal]),
    heard() {
      clearTimeout(silence);
      silence = setTimeout(end, silentMsMax);
    },
    close() {
      clearTimeout(silence);
      clearTimeout(hidden);
      document.removeEventListener("visibilitychange", onVisibility);
      // Ends the response, also if it was not read to its end.
      end();
    },
  };
};

/** Resolves when the page is visible, or at once if it is. */
export const untilVisible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (!document.hidden) return resolve();
    const done = (): void => {
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { recoveries } from "../api/connection.ts";

export interface Loaded<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  /** When `data` was read, in ms since 1970. */
  readonly loadedAt: number | undefined;
  reload(): Promise<void>;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly loadedAt: number | undefined;
}

const empty = { data: undefined, error: undefined, isLoading: true, loadedAt: undefined };

interface Options {
  /** Reads again after this time, while the page is visible. */
  readonly everyMs?: number;
}

/**
 * Data of the API: read when `key` changes, again when the API has recovered, and every `everyMs`.
 * After a failure, the data that was read before stays.
 */
export const useLoaded = <Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  { everyMs }: Options = {},
): Loaded<Data> => {
  const [state, setState] = useState<State<Data>>({ key, ...empty });
  const running = useRef<AbortController>(undefined);
  const isBusy = useRef(false);
  const latest = useRef(load);
  latest.current = load;

  const reload = useCallback(async (): Promise<void> => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    isBusy.current = true;
    const set = (change: Partial<State<Data>>): void => {
      if (!controller.signal.aborted) {
        setState((now) => ({ ...(now.key === key ? now : { key, ...empty }), ...change }));
      }
    };
    set({ isLoading: true });
    try {
      const data = await latest.current(controller.signal);
      set({ data, error: undefined, isLoading: false, loadedAt: Date.now() });
    } catch (error) {
      set({ error, isLoading: false });
    } finally {
      if (running.current === controller) isBusy.current = false;
    }
  }, [key]);

  const recovery = recoveries.value;
  useEffect(() => {
    void reload();
    return () => running.current?.abort();
  }, [reload, recovery]);

  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      // A slow API would otherwise never finish.
      if (!document.hidden && !isBusy.current) void reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);

  return state.key === key ? { ...state, reload } : { ...empty, reload };
};

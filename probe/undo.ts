/** What has to be undone in the account, in the order in which it was done. */
export interface Undo {
  /** Registers an action before the change that it undoes. It must also work if that failed. */
  later(what: string, action: () => Promise<void>): void;
  /** Undoes everything, the newest first. Returns what could not be undone. */
  run(): Promise<readonly string[]>;
}

/** Number of attempts: a resource may be in use for some seconds. */
const attemptsMax = 5;
const pauseMs = 3_000;

/** Actions run once, also when a signal interrupts a run of them. */
export const openUndo = (wait: (ms: number) => Promise<void>): Undo => {
  const pending: { what: string; action: () => Promise<void> }[] = [];
  const failed: string[] = [];
  let running: Promise<void> | undefined;
  const runAll = async (): Promise<void> => {
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const problem = await attempt(next.action, wait);
      if (problem !== undefined) failed.push(`${next.what}: ${problem}`);
    }
    running = undefined;
  };
  return {
    later: (what, action) => void pending.push({ what, action }),
    async run() {
      running ??= runAll();
      await running;
      return failed;
    },
  };
};

const attempt = async (
  action: () => Promise<void>,
  wait: (ms: number) => Promise<void>,
): Promise<string | undefined> => {
  for (let made = 1; ; made += 1) {
    try {
      await action();
      return undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      if (made === attemptsMax) return error instanceof Error ? error.message : String(error);
      await wait(pauseMs);
    }
  }
};

/** The resource does not exist: its creation failed, or it is deleted already. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && /NotFound|NoSuchEntity|NonExistent|DoesNotExist/.test(error.name);

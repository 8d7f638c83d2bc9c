import type { Undo } from "./undo.ts";

/** The result of a probe. */
export interface Answer {
  readonly observed: string;
  readonly isExpected: boolean;
}

/** What a probe needs of the account. Each probe takes its part. */
export interface ProbeDeps<Account> {
  readonly account: Account;
  readonly undo: Undo;
  readonly wait: (ms: number) => Promise<void>;
  readonly now: () => number;
}

/** A question that only AWS can answer. */
export interface Probe<Account> {
  readonly name: string;
  readonly question: string;
  /** What it creates or changes in the account, and undoes at its end. */
  readonly changes: readonly string[];
  /** Upper bound of its price in US dollars. */
  readonly dollars: number;
  readonly minutes: number;
  readonly expected: string;
  /** What to change in this project when the answer is another one. */
  readonly advice: string;
  run(deps: ProbeDeps<Account>): Promise<Answer>;
}

/** Repeats until the result is defined or the time is over. */
export const poll = async <T>(
  ask: () => Promise<T | undefined>,
  msMax: number,
  { wait, now, everyMs }: Pick<ProbeDeps<unknown>, "wait" | "now"> & { readonly everyMs: number },
): Promise<T | undefined> => {
  const until = now() + msMax;
  for (;;) {
    const found = await ask();
    if (found !== undefined || now() >= until) return found;
    await wait(everyMs);
  }
};

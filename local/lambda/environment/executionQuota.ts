/**
 * The quota of concurrent executions of an account in a region. Functions with reserved concurrency
 * take theirs from it; all others share the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class ExecutionQuota {
  readonly #waiters: (() => void)[] = [];
  #free: number;

  constructor(executions: number) {
    this.#free = executions;
  }

  /**
   * Reserves executions. Fails if too few are left: Lambda requires 100 unreserved ones of 1,000,
   * and accepts no reservation in an account with a quota below 100.
   */
  reserve(functionName: string, executions: number): void {
    if (this.#free - executions < unreservedMin) {
      throw new Error(
        `Specified ReservedConcurrentExecutions for function ${functionName} decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedMin}].`,
      );
    }
    this.#free -= executions;
  }

  /** Takes an execution of the shared ones, and returns whether one was free. */
  tryTake(): boolean {
    if (this.#free <= 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Waits for an execution of the shared ones and takes it. */
  async take(): Promise<void> {
    if (this.tryTake()) return;
    await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Returns an execution, to the longest waiting invocation if there is one. */
  giveBack(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

const unreservedMin = 100;

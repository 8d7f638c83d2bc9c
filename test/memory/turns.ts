/** A call of a worker's that waits for its turn. */
interface Waiting {
  readonly worker: string;
  readonly go: () => void;
}

/**
 * Workers that take turns, call by call, in an order that a test decides: every call of a wrapped
 * port waits until it is chosen, takes effect then, and returns. A worker that is killed makes no
 * further call and gets no further answer.
 */
export const takeTurns = () => {
  let waiting: Waiting[] = [];
  const dead = new Set<string>();

  /** The same port, whose calls wait for their turn. */
  const wrap = <Port extends object>(worker: string, port: Port): Port =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== "function") return member;
        return (...input: unknown[]) =>
          new Promise((resolve, reject) => {
            if (dead.has(worker)) return;
            const go = () => {
              Promise.resolve(Reflect.apply(member, target, input)).then(
                (answer) => dead.has(worker) || resolve(answer),
                (error) => dead.has(worker) || reject(error),
              );
            };
            waiting.push({ worker, go });
          });
      },
    });

  const kill = (worker: string): void => {
    dead.add(worker);
    waiting = waiting.filter((one) => one.worker !== worker);
  };

  /**
   * Gives turns until no worker waits. `choose` gets how many calls wait, and answers which one is
   * next.
   */
  const run = async (
    choose: (count: number) => number,
    onTurn: (worker: string) => void = () => {},
  ): Promise<void> => {
    for (;;) {
      await settle();
      if (waiting.length === 0) return;
      const [next] = waiting.splice(choose(waiting.length), 1);
      next?.go();
      // It has taken effect, and its worker has no answer yet.
      if (next) onTurn(next.worker);
    }
  };
  /**
   * Runs the workers until each waits. A macrotask is slow, and needed only when no worker seems to
   * wait.
   */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i += 1) await undefined;
    if (waiting.length === 0) await new Promise(setImmediate);
  };
  return { wrap, kill, run };
};

/** Every order in which a choice may go, one run after the other, until all were tried. */
export const everyOrder = async (
  run: (choose: (count: number) => number) => Promise<void>,
): Promise<number> => {
  let path: { choice: number; count: number }[] = [];
  for (let runs = 1; ; runs += 1) {
    let depth = 0;
    await run((count) => {
      const known = path[depth];
      if (known === undefined) path.push({ choice: 0, count });
      depth += 1;
      return known?.choice ?? 0;
    });
    while (path.length > 0 && path.at(-1)!.choice + 1 >= path.at(-1)!.count) path.pop();
    const last = path.at(-1);
    if (last === undefined) return runs;
    path = [...path.slice(0, -1), { ...last, choice: last.choice + 1 }];
  }
};

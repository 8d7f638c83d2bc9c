/** A process of a function. After a crash or a timeout none of its pending steps continues. */
export interface SimulatedWorker {
  readonly name: string;
  readonly hasExited: () => boolean;
  /** Resolves when the process has exited. */
  readonly exited: Promise<void>;
  kill(): void;
}

export const startWorker = (name: string): SimulatedWorker => {
  let hasExited = false;
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  return {
    name,
    hasExited: () => hasExited,
    exited,
    kill() {
      hasExited = true;
      resolve();
    },
  };
};

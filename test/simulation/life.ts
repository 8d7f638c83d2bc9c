/** A worker's process: it can die at any time, and nothing that it had begun goes on then. */
export interface Life {
  readonly name: string;
  readonly isOver: () => boolean;
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  end(): void;
}

export const openLife = (name: string): Life => {
  let isOver = false;
  let say = (): void => {};
  const over = new Promise<void>((resolve) => {
    say = resolve;
  });
  return {
    name,
    isOver: () => isOver,
    over,
    end() {
      isOver = true;
      say();
    },
  };
};

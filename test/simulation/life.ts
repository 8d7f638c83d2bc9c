/** A worker's process. It can die at any time; then none of its pending steps continues. */
export interface Life {
  readonly name: string;
  readonly isOver: () => boolean;
  /** Resolves when the process has died. */
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

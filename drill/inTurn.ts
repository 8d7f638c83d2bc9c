/** Gives one after the other, and the first again after the last. */
export const inTurn = <One>(all: readonly One[]): (() => One | undefined) => {
  let turn = 0;
  return () => all[turn++ % all.length];
};

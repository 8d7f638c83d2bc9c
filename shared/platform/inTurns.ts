/** Does something for each of many, at most `atOnce` at a time. Answers in their order. Fails as the first that fails. */
export const inTurns = async <One, Done>(
  many: readonly One[],
  atOnce: number,
  work: (one: One) => Promise<Done>,
): Promise<Done[]> => {
  const done: Done[] = [];
  for (let from = 0; from < many.length; from += atOnce) {
    done.push(...(await Promise.all(many.slice(from, from + atOnce).map(work))));
  }
  return done;
};

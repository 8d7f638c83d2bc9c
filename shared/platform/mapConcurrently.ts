/**
 * Calls `work` for each item, with at most `concurrency` calls at a time, and resolves to the
 * results in the order of the items. Items are taken from the iterable when their turn comes.
 * Rejects with the first error; no further call starts after it.
 */
export const mapConcurrently = async <Item, Result>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  let next = 0;
  let hasFailed = false;
  let isExhausted = false;
  const waiting = items[Symbol.iterator]();
  const runLane = async (): Promise<void> => {
    while (!hasFailed) {
      const { done, value } = waiting.next();
      if (done) {
        isExhausted = true;
        return;
      }
      const index = next;
      next += 1;
      try {
        results[index] = await work(value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const lanes: Promise<void>[] = [];
  while (lanes.length < concurrency && !isExhausted) lanes.push(runLane());
  await Promise.all(lanes);
  return results;
};

/** Times at which this thread runs functions that `afterStep` delays, in ms. */
export const stepMs = 50;
/** A function that schedules itself again comes in the same rhythm, although it runs a bit late. */
const earlyMsMax = 5;

const steps = new Map<number, Set<() => void>>();

/**
 * Runs a function after `ms`, and up to `stepMs` later. Returns a function that cancels it. All
 * functions of a step need one timer: a timer that was cancelled wakes the thread as well, and a
 * wake-up of an idle machine takes about 0.1 ms of processor time. Does not keep the process alive.
 */
export const afterStep = (ms: number, run: () => void): (() => void) => {
  const now = performance.now();
  const step = Math.ceil((now + ms - earlyMsMax) / stepMs);
  let due = steps.get(step);
  if (due === undefined) {
    due = new Set();
    steps.set(step, due);
    setTimeout(runStep, step * stepMs - now, step).unref();
  }
  // A function that is given twice runs twice.
  const call = (): void => run();
  due.add(call);
  return () => void due.delete(call);
};

const runStep = (step: number): void => {
  const due = steps.get(step) ?? [];
  steps.delete(step);
  for (const run of due) run();
};

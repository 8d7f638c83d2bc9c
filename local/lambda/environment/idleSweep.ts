import { environmentIdleMs } from "../limits.ts";

const everyMs = environmentIdleMs / 4;
const sweeps = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls a function regularly until the returned function is called. All of them share one timer: a
 * wake-up of an idle machine takes about 0.1 ms of processor time. Does not keep the process alive.
 */
export const sweepRegularly = (sweep: () => void): (() => void) => {
  sweeps.add(sweep);
  timer ??= setInterval(() => {
    for (const each of sweeps) each();
  }, everyMs).unref();
  return () => {
    if (!sweeps.delete(sweep) || sweeps.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

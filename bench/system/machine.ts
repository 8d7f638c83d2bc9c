import { cpus, loadavg, totalmem } from "node:os";
import { type ProcessStat, readProcesses } from "./usage.ts";

/** The machine of a report. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
}

/** Describes the machine that this process runs on. */
export const describeMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? "unknown",
  memoryGb: Math.round(totalmem() / 1_073_741_824),
  node: process.version.slice(1),
});

/** What else the machine did during a run. */
export interface Surroundings {
  /** Load average of one minute, before and after the run. The run itself is part of the second. */
  readonly load: readonly [before: number, after: number];
  /** Cores that other processes used on average. */
  readonly otherCores: number;
  /** Commands of the other processes with the most processor time, with their cores. */
  readonly others: readonly string[];
}

/** Starts to watch the machine. The returned function describes the time since then. */
export const watchSurroundings = async (): Promise<() => Promise<Surroundings>> => {
  const begun = performance.now();
  const loadBefore = load();
  const busyBefore = busyMs();
  const before = await readProcesses();
  return async () => {
    const tookMs = performance.now() - begun;
    const after = await readProcesses();
    const own = after.get(process.pid);
    const ownMs =
      own === undefined ? process.cpuUsage().user / 1_000 : own.cpuMs + own.childrenCpuMs;
    return {
      load: [loadBefore, load()],
      otherCores: Math.max(0, (busyMs() - busyBefore - ownMs) / tookMs),
      others: busiest(before, after, { own: process.pid, tookMs }),
    };
  };
};

const namedMax = 3;
/** Processes that use less than this fraction of a core are not named. */
const namedCoresMin = 0.02;

/**
 * The commands of the processes that used the most processor time between two readings, without
 * `own` and its descendants, for example `node (0.52 cores)`.
 */
export const busiest = (
  before: ReadonlyMap<number, ProcessStat>,
  after: ReadonlyMap<number, ProcessStat>,
  { own, tookMs }: { own: number; tookMs: number },
): string[] => {
  const isOwn = (pid: number): boolean => {
    for (let at = pid; at > 1; at = after.get(at)?.parent ?? 0) if (at === own) return true;
    return false;
  };
  const cores = new Map<string, number>();
  for (const [pid, { command, cpuMs }] of after) {
    if (isOwn(pid)) continue;
    const used = (cpuMs - (before.get(pid)?.cpuMs ?? 0)) / tookMs;
    cores.set(command, (cores.get(command) ?? 0) + used);
  }
  return [...cores]
    .filter(([, used]) => used >= namedCoresMin)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, namedMax)
    .map(([command, used]) => `${command} (${used.toFixed(2)} cores)`);
};

const load = (): number => loadavg()[0] ?? Number.NaN;

const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";

/** What the operating system reports about processes. */
export interface Usage {
  /** Processor time of all threads since the start of the processes. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly memoryBytes: number;
  /** 0 where the operating system does not report it. */
  readonly threads: number;
}

/** Clock ticks per second in `/proc`: constant on Linux. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

/**
 * Parses `/proc/PID/stat` (proc_pid_stat(5)). The command in parentheses can contain spaces and
 * parentheses.
 */
export const parseStat = (text: string) => {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  // The first of these fields is field 3 of the manual.
  const field = (number: number): number => Number(fields[number - 3]);
  const ms = (ticks: number): number => (ticks / ticksPerSecond) * 1_000;
  return {
    command: text.slice(text.indexOf("(") + 1, end),
    parent: field(4),
    cpuMs: ms(field(14) + field(15)),
    /** Of the children that have exited. */
    childrenCpuMs: ms(field(16) + field(17)),
    threads: field(20),
    memoryBytes: field(24) * pageBytes,
  };
};

export type ProcessStat = ReturnType<typeof parseStat>;

/** Parses the output of `ps -o rss=,time=` for one process: kB, and `[[dd-]hh:]mm:ss[.cc]`. */
export const parsePs = (text: string): Usage => {
  const [kb = "", time = ""] = text.trim().split(/\s+/);
  const [clock = "", days = "0"] = time.split("-").reverse();
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    cpuMs: (Number(days) * 86_400 + seconds) * 1_000,
    memoryBytes: Number(kb) * 1_024,
    threads: 0,
  };
};

/** Reads the usage of processes and adds it up. Rejects if a process does not exist. */
export const usageOf = async (pids: readonly number[]): Promise<Usage> => {
  const all = await Promise.all(pids.map(readUsage));
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    memoryBytes: all.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    threads: all.reduce((sum, { threads }) => sum + threads, 0),
  };
};

const readUsage = async (pid: number): Promise<Usage> => {
  if (process.platform === "linux") return parseStat(await readFile(`/proc/${pid}/stat`, "utf8"));
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=,time=", "-p", String(pid)]);
  return parsePs(stdout);
};

/** Reads the statistics of every process, by its id. Empty on systems without `/proc`. */
export const readProcesses = async (): Promise<Map<number, ProcessStat>> => {
  const names = process.platform === "linux" ? await readdir("/proc") : [];
  const all = new Map<number, ProcessStat>();
  for (const name of names.filter((one) => /^\d+$/.test(one))) {
    // A process can exit while this function reads.
    const read = (file: string) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => undefined);
    const [text, line = ""] = [await read("stat"), await read("cmdline")];
    if (text === undefined) continue;
    const stat = parseStat(text);
    // The name of the main thread, which is in `stat`, is the same for all Node.js programs.
    const [program = ""] = line.split("\0");
    all.set(Number(name), { ...stat, command: basename(program) || stat.command });
  }
  return all;
};

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { invokeAt } from "../../admin/invoke.ts";
import { adminAccess } from "../../bench/system/adminAccess.ts";
import { synthesize } from "../../local/start/synthesize.ts";
import type { Page } from "../pages.ts";
import { startPageReceiver } from "./pageReceiver.ts";
import { openRegionControl, type RegionControl } from "./regionControl.ts";

/** The cloud that a drill requires. Drills with equal requirements share a cloud. */
export interface CloudDeps {
  readonly regions: 1 | 2;
  /** File descriptor limit of its process. */
  readonly descriptorsMax?: number;
}

/** Endpoints of one region. */
export interface CloudRegion {
  readonly region: string;
  readonly api: string;
  readonly mqtt: string;
  readonly control: RegionControl;
}

/**
 * A local cloud in a separate process, as `npm start` runs it, on free ports with its own state.
 */
export interface CloudProcess {
  readonly primary: CloudRegion;
  /** The second region. Throws if there is only one. */
  secondary(): CloudRegion;
  readonly allRegions: readonly CloudRegion[];
  /** CA certificate for devices, PEM. */
  readonly ca: string;
  /** The folder below which the mails of all regions are files. */
  readonly mails: string;
  /** The pages that the watchers have sent, in the order of their arrival. */
  readonly receivedPages: readonly Page[];
  admin(request: object): Promise<unknown>;
  /** Invokes the function of the first region whose name contains this text. */
  invoke(nameFragment: string): Promise<unknown>;
  readonly pid: number;
  /** Number of open file descriptors; `undefined` on systems without `/proc`. */
  descriptors(): Promise<number | undefined>;
  /** Rejects if the process exits before `stop`. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

const readyLine = z.object({
  state: z.string(),
  regions: z
    .array(z.object({ region: z.string(), api: z.url(), mqtt: z.url(), control: z.url() }))
    .min(1),
});

const repository = fileURLToPath(new URL("../..", import.meta.url));
const regionNames = ["us-east-1", "eu-west-1"];
const namesOf = ({ regions }: CloudDeps) => regionNames.slice(0, regions);
const startMsMax = 120_000;
/** A process that has not exited this long after SIGTERM is killed. */
const stopMsMax = 8_000;
const outputCharsMax = 4_000;

/** Starts a cloud and waits until it is ready. Rejects with its output if it exits. */
export const startCloudProcess = async (deps: CloudDeps): Promise<CloudProcess> => {
  // Synthesis takes long after a code change and must not count as start time.
  await synthesize(tmpdir(), () => {}, namesOf(deps));
  // State on disk: queues and tables on disk have other failure modes than those in memory.
  const folder = await mkdtemp(join(tmpdir(), "godwit-drill-"));
  const receiver = await startPageReceiver();
  const child = spawnCloud(deps, folder, receiver.url);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => {});
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputCharsMax);
  });
  child.once("error", reject);
  child.once("exit", () => reject(new Error(`the cloud exited:\n${output}`)));
  const stop = async () => {
    await end(child);
    await receiver.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const signal = AbortSignal.timeout(startMsMax);
    const [line] = await Promise.race([once(lines, "line", { signal }), ended]);
    const { state, regions } = readyLine.parse(JSON.parse(String(line)));
    const descriptors = () =>
      readdir(`/proc/${child.pid}/fd`).then(
        ({ length }) => length,
        () => undefined,
      );
    const opened = await open(state, regions);
    const pid = child.pid ?? 0;
    return { ...opened, receivedPages: receiver.pages, pid, descriptors, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** `ulimit -n` sets the hard limit as well, because Node.js raises the soft limit to it. */
const spawnCloud = (deps: CloudDeps, folder: string, pageReceiver: string): ChildProcess => {
  const { descriptorsMax } = deps;
  const args = [
    "local/start.mjs",
    "--no-demo",
    "--api-port",
    "0",
    "--mqtt-port",
    "0",
    "--page-receiver",
    pageReceiver,
  ];
  const all = [...args, "--data", folder, "--regions", namesOf(deps).join()];
  const options: SpawnOptions = { cwd: repository, stdio: ["ignore", "pipe", "pipe"] };
  if (descriptorsMax === undefined) return spawn(process.execPath, all, options);
  const limited = `ulimit -n ${descriptorsMax}; exec "$0" "$@"`;
  return spawn("sh", ["-c", limited, process.execPath, ...all], options);
};

const open = async (state: string, regions: z.output<typeof readyLine>["regions"]) => {
  const read = (file: string) => readFile(join(state, file), "utf8");
  const admin = adminAccess.parse(JSON.parse(await read("admin.json")));
  const allRegions = regions.map((one) => ({ ...one, control: openRegionControl(one.control) }));
  const at = (index: number): CloudRegion => {
    const found = allRegions[index];
    if (found === undefined) throw new Error("this cloud has only one region");
    return found;
  };
  return {
    primary: at(0),
    secondary: () => at(1),
    allRegions,
    ca: await read("ca.pem"),
    mails: state,
    admin: invokeAt(admin),
    async invoke(nameFragment: string) {
      const { counts } = await at(0).control.state();
      const name = Object.keys(counts.functions).find((one) => one.includes(nameFragment));
      if (name === undefined) throw new Error(`no function name contains ${nameFragment}`);
      return invokeAt({ ...admin, function: name })({});
    },
  };
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(timer);
};

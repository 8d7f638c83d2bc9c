import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installMsMax } from "./limits.ts";
import { runProcess } from "./process.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const requirementsFile = join(here, "requirements.txt");
const python = "python3";

/** The emulators that are installed, by the names of their packages. */
export type Versions = Readonly<Record<"ministack" | "moto", string>>;

export interface Installation {
  /** The folder of the virtual environment's commands. */
  readonly bin: string;
  readonly versions: Versions;
}

/**
 * Installs the emulators into a virtual environment of their own, unless exactly these versions are
 * there. Python 3 and pip are required.
 */
export const install = async (
  progress: (line: string) => void,
  folder = join(here, ".venv"),
): Promise<Installation> => {
  const requirements = await readFile(requirementsFile, "utf8");
  const versions = readVersions(requirements);
  const mark = join(folder, "requirements.txt");
  const bin = join(folder, "bin");
  const installed = await readFile(mark, "utf8").catch(() => undefined);
  if (installed === requirements && existsSync(join(bin, "python"))) return { bin, versions };
  progress(`installing ${requirements.trim().split("\n").join(" and ")} from PyPI`);
  await rm(folder, { recursive: true, force: true });
  await run(python, ["-m", "venv", folder]);
  await run(join(bin, "python"), ["-m", "pip", "install", "--quiet", "-r", requirementsFile]);
  await writeFile(mark, requirements);
  return { bin, versions };
};

/** The pinned versions of `requirements.txt`. */
export const readVersions = (requirements: string): Versions => {
  const version = (name: string): string => {
    const found = new RegExp(`^${name}(?:\\[\\w+\\])?==(\\S+)$`, "m").exec(requirements)?.[1];
    if (found === undefined) throw new Error(`requirements.txt has no version of ${name}`);
    return found;
  };
  return { ministack: version("ministack"), moto: version("moto") };
};

const run = async (command: string, args: readonly string[]): Promise<void> => {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const { code, output } = await runProcess({ command, args, cwd: here, env, msMax: installMsMax });
  if (code === 0) return;
  const reason = output.trim().split("\n").slice(-3).join(" ").slice(0, 1_000);
  throw new Error(`${command} ${args.slice(0, 3).join(" ")} failed: ${reason}. It needs Python 3.`);
};

import type { BuildOptions } from "esbuild";

let running = 0;

/**
 * Bundles one module and its imports for this Node.js. esbuild runs in its own process, which ends
 * with the last concurrent build.
 */
export const bundleFile = async (file: string, options: BuildOptions): Promise<string> => {
  running += 1;
  // Loaded when it is needed: most starts need no build.
  const { build, stop } = await import("esbuild");
  try {
    const { outputFiles = [] } = await build({
      ...options,
      entryPoints: [file],
      bundle: true,
      platform: "node",
      target: "node24",
      write: false,
    });
    const [output] = outputFiles;
    if (output === undefined) throw new Error(`${file} was not built`);
    return output.text;
  } finally {
    running -= 1;
    if (running === 0) await stop();
  }
};

import { join } from "node:path";
import { fileURLToPath } from "node:url";

declare global {
  /** In a bundle (`bundle.mjs`), `__dirname`: the folder of the bundles. */
  var bundles: string | undefined;
}

/** The folder of this repository. */
export const repository = fileURLToPath(new URL("../..", import.meta.url));

export const isBundled = globalThis.bundles !== undefined;

/** The bundle of a thread's entry point, or its source if this code is not bundled. */
export const threadFile = (name: string, source: string): string =>
  globalThis.bundles === undefined
    ? join(repository, source)
    : join(globalThis.bundles, `${name}.cjs`);

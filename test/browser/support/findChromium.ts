import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** A browser that can be started, and the environment that it needs. */
export interface Chromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where systems install it. */
const installed = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The browser of this machine, or the one in the npm package `@sparticuz/chromium`, which is for
 * Linux on x86-64. `undefined` on other machines without a browser. `CHROMIUM_PATH` selects one.
 */
export const findChromium = async (): Promise<Chromium | undefined> => {
  const found = installed.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return { executablePath: found, env: {} };
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  return unpackChromium();
};

const require = createRequire(import.meta.url);

/**
 * Unpacks the browser, its libraries and a font into `.godwit`, once for each version. A process
 * that is killed meanwhile leaves a folder with another name, which the next one removes.
 */
const unpackChromium = async (): Promise<Chromium> => {
  const main = require.resolve("@sparticuz/chromium");
  const bin = join(dirname(main), "../bin");
  const { version } = require(join(dirname(main), "../package.json"));
  const parent = resolve(".godwit/browser");
  const folder = join(parent, `chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(parent, { recursive: true });
    for (const old of await readdir(parent)) {
      await rm(join(parent, old), { recursive: true, force: true });
    }
    const unfinished = await mkdtemp(join(parent, "unfinished-"));
    const { inflate } = await import("@sparticuz/chromium");
    await inTemporaryFolder(unfinished, async () => {
      for (const archive of ["chromium.br", "al2023.tar.br", "fonts.tar.br"]) {
        await inflate(join(bin, archive));
      }
    });
    await writeFile(join(unfinished, "fonts/fonts.conf"), fontsConf(join(folder, "fonts")));
    await rename(unfinished, folder);
  }
  return {
    executablePath: join(folder, "chromium"),
    // Libraries that a system without a desktop lacks, and a font.
    env: { LD_LIBRARY_PATH: join(folder, "al2023/lib"), FONTCONFIG_PATH: join(folder, "fonts") },
  };
};

/** The font of the package, so that texts have the same width everywhere. */
const fontsConf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>
`;

/** The package unpacks into the folder for temporary files. */
const inTemporaryFolder = async (folder: string, run: () => Promise<void>): Promise<void> => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await run();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
};

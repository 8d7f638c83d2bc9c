import { hash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { BuildOptions, Loader, PluginBuild } from "esbuild";
import { keepFolder } from "./keepFolder.ts";

/** The bundles of an earlier start. */
interface Made {
  /** What they depend on besides files. */
  readonly about: string;
  readonly folder: string;
  /** A stamp of each file that they were made of, by its path in the repository. */
  readonly files: Readonly<{ [file: string]: string }>;
  /** The size of each bundle, by its name: a power failure may leave a part of one. */
  readonly sizes: Readonly<{ [name: string]: number }>;
}

/** The source of each entry point, by the name of its bundle. */
type Entries = Readonly<{ [name: string]: string }>;

const packages = "node_modules/.package-lock.json";

/** Files that determine which others are bundled, and how. */
const settings = ["local/start/bundles.ts", "package.json", "tsconfig.json", packages];

const loaders: Readonly<{ [extension: string]: Loader }> = { ".ts": "ts", ".json": "json" };

/**
 * The folder with a bundle `NAME.cjs` of each entry point, below `.godwit` of the repository: a
 * thread loads one file in place of several hundred modules. The bundles of an earlier start are
 * used when no file that they were made of has changed. `undefined` if they cannot be made: the
 * cloud then runs from its sources.
 */
export const openBundles = async (
  repository: string,
  entries: Entries,
): Promise<string | undefined> => {
  const cache = join(repository, ".godwit");
  const file = join(cache, "bundles.json");
  const about = JSON.stringify([process.version, repository, entries]);
  try {
    const earlier = readRecord(file);
    const isUsable = earlier?.about === about && isCurrent(repository, earlier);
    const folder = isUsable ? earlier.folder : join(cache, `bundles-${randomUUID()}`);
    if (!isUsable) {
      const files = await make(repository, { entries, folder });
      writeRecord(file, { about, folder, files, sizes: sizesOf(folder, Object.keys(entries)) });
    }
    keepFolder(folder);
    return folder;
  } catch {
    // The repository is read-only, or a source has an error, which the start from it reports.
    return undefined;
  }
};

const readRecord = (file: string): Made | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

const writeRecord = (file: string, record: Made): void => {
  const fresh = `${file}.${randomUUID()}`;
  writeFileSync(fresh, JSON.stringify(record));
  renameSync(fresh, file);
};

const isCurrent = (repository: string, { folder, files, sizes }: Made): boolean => {
  try {
    if (!isDeepStrictEqual(sizesOf(folder, Object.keys(sizes)), sizes)) return false;
    return Object.entries(files).every(([file, stamp]) => stampOf(repository, file) === stamp);
  } catch {
    return false;
  }
};

const sizesOf = (folder: string, names: readonly string[]): { [name: string]: number } =>
  Object.fromEntries(names.map((name) => [name, statSync(join(folder, `${name}.cjs`)).size]));

/** Builds the bundles and returns a stamp of each file that was read. */
const make = async (
  repository: string,
  { entries, folder }: { entries: Entries; folder: string },
): Promise<Made["files"]> => {
  const { build, stop } = await import("esbuild");
  const files: { [file: string]: string } = {};
  const stamp = (file: string): void => {
    files[file] = stampOf(repository, file);
  };
  settings.forEach(stamp);
  const recordFiles = ({ onLoad }: PluginBuild): void =>
    onLoad({ filter: /\.([cm]?[jt]s|json)$/ }, ({ path }) => {
      // Before it is read: a change in between is a change at the next start.
      stamp(relative(repository, path));
      return { contents: readFileSync(path), loader: loaders[extname(path)] ?? "js" };
    });
  try {
    await build({
      ...optionsIn(repository),
      entryPoints: entries,
      outdir: folder,
      plugins: [{ name: "record files", setup: recordFiles }],
    });
    return files;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await stop();
  }
};

const optionsIn = (repository: string): BuildOptions => ({
  absWorkingDir: repository,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  // An ECMAScript module reads all exports of the modules of Node.js that it imports.
  format: "cjs",
  define: {
    "globalThis.bundles": "__dirname",
    "import.meta.url": JSON.stringify(pathToFileURL(join(repository, "local/start/sourceFile.ts"))),
  },
  external: ["esbuild"],
  // For stack traces: `sourceStack.ts`. Node.js would read a linked one at each start.
  sourcemap: "external",
  sourcesContent: false,
  logLevel: "silent",
});

/** Changes when the file changes. For files of packages, its times suffice. */
const stampOf = (repository: string, file: string): string => {
  const path = join(repository, file);
  if (!file.startsWith("node_modules/") || file === packages) {
    return hash("sha256", readFileSync(path));
  }
  const { size, mtimeMs, ctimeMs } = statSync(path);
  return `${size} ${mtimeMs} ${ctimeMs}`;
};

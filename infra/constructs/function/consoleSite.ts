import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildSync, type Metafile } from "esbuild";

const source = fileURLToPath(new URL("../../../console", import.meta.url));

/**
 * Builds the web console into `folder`: `index.html`, and scripts and styles in `assets/` whose
 * names contain the hash of their content, each also compressed. Returns the files that it was
 * built from.
 */
export const buildConsole = (folder: string): string[] => {
  mkdirSync(join(folder, "assets"), { recursive: true });
  const { metafile } = buildSync({
    absWorkingDir: source,
    entryPoints: { main: "main.tsx" },
    outdir: join(folder, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    // What a screen needs beyond the first load is requested when it opens.
    splitting: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    metafile: true,
    logLevel: "warning",
    legalComments: "none",
  });
  writeFileSync(join(folder, "index.html"), page(metafile, folder));
  for (const name of readdirSync(join(folder, "assets"))) compress(join(folder, "assets", name));
  return Object.keys(metafile.inputs);
};

/** `index.html` with the names of the script and the style of the first load. */
const page = ({ outputs }: Metafile, folder: string): string => {
  const main = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === "main.tsx");
  if (main === undefined) throw new Error("the console has no main script");
  const [script, { cssBundle = "" }] = main;
  const urlOf = (output: string): string => relative(folder, join(source, output));
  return readFileSync(join(source, "index.html"), "utf8")
    .replace("main.css", urlOf(cssBundle))
    .replace("main.js", urlOf(script));
};

const compress = (file: string): void => {
  const content = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  const quality = constants.BROTLI_MAX_QUALITY;
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  );
};

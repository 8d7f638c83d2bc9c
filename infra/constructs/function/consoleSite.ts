import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildSync, type Metafile } from "esbuild";

const source = fileURLToPath(new URL("../../../console", import.meta.url));

interface Page {
  /** The page in the folder of the site, and its script. */
  readonly name: string;
  readonly source: string;
  readonly title: string;
  /** Whether the script loads parts on demand. */
  readonly hasParts: boolean;
}

const pages: readonly Page[] = [
  { name: "index", source: "main.tsx", title: "Godwit", hasParts: true },
  // Built apart: files that both share would be further requests of the first load.
  { name: "reference", source: "reference/main.tsx", title: "Godwit API", hasParts: false },
];

/**
 * Builds the web console into `folder`: the pages `index.html` and `reference.html`, and scripts
 * and styles in `assets/` whose names contain the hash of their content, each also compressed.
 * Returns the files that it was built from.
 */
export const buildConsole = (folder: string): string[] => {
  mkdirSync(join(folder, "assets"), { recursive: true });
  const inputs = pages.flatMap((page) => buildPage(folder, page));
  for (const name of readdirSync(join(folder, "assets"))) compress(join(folder, "assets", name));
  return [...new Set(inputs)];
};

const buildPage = (folder: string, page: Page): string[] => {
  const { metafile } = buildSync({
    absWorkingDir: source,
    entryPoints: { [page.name === "index" ? "main" : page.name]: page.source },
    outdir: join(folder, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    // What a screen needs beyond the first load is requested when it opens.
    splitting: page.hasParts,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    metafile: true,
    logLevel: "warning",
    legalComments: "none",
  });
  writeFileSync(join(folder, `${page.name}.html`), pageText(metafile, folder, page));
  return Object.keys(metafile.inputs);
};

/** The page with its title and the names of the script and the style of the first load. */
const pageText = ({ outputs }: Metafile, folder: string, page: Page): string => {
  const main = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === page.source);
  if (main === undefined) throw new Error(`the page ${page.name} has no script`);
  const urlOf = (output: string): string => relative(folder, join(source, output));
  const [script, { cssBundle = "", imports }] = main;
  // Code that a part of the page also uses is in a file of its own: requested with the script.
  const preloads = imports
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `<link rel="modulepreload" href="${urlOf(path)}">`);
  return readFileSync(join(source, "index.html"), "utf8")
    .replace("<title>Godwit</title>", `<title>${page.title}</title>`)
    .replace("main.css", urlOf(cssBundle))
    .replace("main.js", urlOf(script))
    .replace("</head>", `${preloads.join("")}</head>`);
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

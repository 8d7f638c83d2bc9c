import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A source or documentation file of the repository, with its path from the root. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Folders without sources of this repository: dependencies, generated files, downloads. */
const skipped = new Set(["node_modules", "cdk.out", "dist", "peers", "results"]);

/** Files that a generator writes. */
const generated = new Set(["client/schema.ts"]);

const pathsIn = (folder: string): string[] =>
  readdirSync(folder || ".", { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (generated.has(path)) return [];
    if (entry.isDirectory()) return pathsIn(path);
    return entry.isFile() && /\.([cm]?tsx?|md)$/.test(entry.name) ? [path] : [];
  });

/** Reads every TypeScript and Markdown file of the repository. */
export const readSources = (): Source[] =>
  pathsIn("").map((path) => ({ path, text: readFileSync(path, "utf8") }));

/** The number of the line in which a position of a text is, from 1. */
export const lineAt = (text: string, position: number): number =>
  text.slice(0, position).split("\n").length;

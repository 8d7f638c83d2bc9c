import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";

/** Those of the bundles of this start; a message can name others. */
const mapsMax = 10;
const maps = new Map<string, SourceMap | undefined>();

/** A stack trace with the positions in the sources, in place of those in bundles. */
export const sourceStack = (stack: string): string =>
  stack.replace(
    /(\/[^():\n]*\/bundles-[^/]+\/\w+\.cjs):(\d+):(\d+)/g,
    (position: string, bundle: string, line: string, column: string) =>
      positionIn(bundle, Number(line), Number(column)) ?? position,
  );

const positionIn = (bundle: string, line: number, column: number): string | undefined => {
  if (!maps.has(bundle)) {
    if (maps.size >= mapsMax) maps.clear();
    maps.set(bundle, readMap(bundle));
  }
  const origin = maps.get(bundle)?.findOrigin(line, column);
  if (origin === undefined || !("fileName" in origin)) return undefined;
  const source = resolve(dirname(bundle), origin.fileName);
  return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
};

const readMap = (bundle: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")));
  } catch {
    // An error must not cause another one.
    return undefined;
  }
};

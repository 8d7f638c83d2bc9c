import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readAssetFolders } from "../../../local/lambda/function/assetFolders.ts";
import { synthesize } from "../../../local/start/synthesize.ts";

/** Matches each form of import of `node:http`. Reading its exports loads an HTTP client. */
const importsHttp = /(?:from|import|import\(|require\()\s*["'](?:node:)?http["']/;

it("no function bundle imports node:http, which loads an unused HTTP client at start", async () => {
  const folders = await readAssetFolders(await synthesize(tmpdir(), () => {}));
  const files = [...folders.values()].map((folder) => join(folder, "index.mjs"));
  const bundles = await Promise.all(files.filter(existsSync).map((file) => readFile(file, "utf8")));
  expect(bundles.length).toBeGreaterThan(0);
  for (const bundle of bundles) expect(importsHttp.exec(bundle)?.[0]).toBeUndefined();
});

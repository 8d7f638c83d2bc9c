import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";
import { env, type FunctionName } from "../../../shared/platform/env.ts";
import { buildConsole } from "./consoleSite.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The bundle of `functions/<name>.ts`: one minified module with all dependencies. */
export const functionCode = (name: FunctionName): Code =>
  Code.fromAsset(file("../../../functions"), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("none"),
      // CDK caches bundles by these options, and would otherwise confuse functions.
      command: [name],
      local: {
        tryBundle(folder) {
          cpSync(join(allBundles(), name), folder, { recursive: true });
          return true;
        },
      },
    },
  });

let bundles: string | undefined;

/**
 * Bundles all functions in one run of esbuild, which reads shared modules once. `NodejsFunction`
 * runs esbuild for each function, and the synthesis took three times the processor time.
 */
const allBundles = (): string => {
  if (bundles !== undefined) return bundles;
  const folder = mkdtempSync(join(tmpdir(), "godwit-bundles-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    entryPoints: Object.keys(env).map((name) => ({
      in: file(`../../../functions/${name}.ts`),
      out: `${name}/index`,
    })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    logLevel: "warning",
    mainFields: ["module", "main"],
    // CommonJS dependencies (mqtt) load Node.js modules with `require`.
    banner: {
      js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
    },
    alias: {
      "node:http": file("nodeHttp.cts"),
      http: file("nodeHttp.cts"),
      // mqtt brings a copy of the streams of Node.js.
      "readable-stream": "node:stream",
      socks: file("noSocks.cts"),
    },
  });
  buildConsole(join(folder, "console", "site"));
  bundles = folder;
  return folder;
};

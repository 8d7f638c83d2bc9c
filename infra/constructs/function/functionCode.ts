import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";
import { env, type FunctionName } from "../../../shared/platform/env.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The bundle of `functions/<name>.ts`: one module, with all that it needs, minified. */
export const functionCode = (name: FunctionName): Code =>
  Code.fromAsset(file("../../../functions"), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("none"),
      // The CDK keeps what it has bundled by these options: it would take one function for another.
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
 * All functions at once, in a temporary folder. One run of esbuild reads once what they share: `NodejsFunction`, with a run for each
 * function, took three times the processor's time for the whole synthesis.
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
    // What is still CommonJS inside (mqtt) asks for Node's own modules with `require`.
    banner: {
      js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
    },
    alias: {
      "@aws-sdk/credential-provider-node": file("environmentCredentials.ts"),
      "node:http": file("nodeHttp.cts"),
      http: file("nodeHttp.cts"),
    },
  });
  bundles = folder;
  return folder;
};

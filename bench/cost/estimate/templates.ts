import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCdkJson } from "../../../infra/cdkJson.ts";
import { godwit } from "../../../infra/godwit.ts";
import { type SizeName, sizeNameOf } from "../../../infra/sizes.ts";
import { readAssembly, type SynthesizedStack } from "../../../preflight/assembly.ts";
import { stopLater } from "../../system/cleanup.ts";

/** Regions of the estimate. Only their number matters: the prices are those of us-east-1. */
const regionNames = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"];

export const regionsMax = regionNames.length;

/**
 * Synthesizes the templates of `cdk.json`, without the code of the functions, for some regions and
 * a size: the requested one or that of `cdk.json`. Fails with a `SettingsError` if a setting of
 * `cdk.json` is unknown or invalid.
 */
export const synthesizeTemplates = async (
  regions: number,
  requested: SizeName | undefined,
): Promise<{ stacks: SynthesizedStack[]; size: SizeName }> => {
  const file = fileURLToPath(new URL("../../../cdk.json", import.meta.url));
  const { context } = parseCdkJson(await readFile(file, "utf8"));
  const names = regionNames.slice(0, regions);
  const outdir = await mkdtemp(join(tmpdir(), "godwit-cost-"));
  const remove = stopLater(() => rm(outdir, { recursive: true, force: true }));
  try {
    const app = godwit({
      context: {
        // Without an address, the synthesis warns. It costs nothing.
        pageEmail: "estimate@example.com",
        ...context,
        ...(requested !== undefined && { size: requested }),
        regions: names,
        stateRegion: names[0],
        closedRegions: [],
        unprotectedRegions: [],
        "aws:cdk:bundling-stacks": [],
      },
      outdir,
    });
    return { stacks: await readAssembly(app.synth().directory), size: sizeNameOf(app) };
  } finally {
    await remove();
  }
};

import type { Options } from "../options.ts";
import { confirmPrice } from "../price/confirmPrice.ts";
import type { LocalFacts } from "../runPart.ts";
import { openDeployment } from "./deployment.ts";
import type { Ground } from "./ground.ts";
import { startLocalCloud } from "./localCloud.ts";

/** The cloud of a run. */
export interface OpenCloud {
  readonly ground: Ground;
  readonly local: LocalFacts | undefined;
}

/**
 * Starts a cloud on this machine, or opens a deployment after its price is confirmed. Resolves with
 * `undefined` if it is not.
 */
export const openCloud = async (
  options: Options,
  log: (text: string) => void,
): Promise<OpenCloud | undefined> => {
  if (options.deployment === undefined) {
    log("starting a cloud");
    return await startLocalCloud();
  }
  if (!(await confirmPrice(options, options.deployment, log))) return undefined;
  return { ground: await openDeployment(options.deployment), local: undefined };
};

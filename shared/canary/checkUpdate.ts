import { createHash } from "node:crypto";
import { canaryImage, canaryImageSha256 } from "./image.ts";
import {
  canaryDeferMs,
  canaryPollMs,
  canaryResumeByte,
  canaryUpdateMsMax,
  canaryUpdatePollsMax,
} from "./limits.ts";
import type { CanaryApi, ConnectForUpdate, ReadCanaryImage } from "./ports.ts";
import { type CheckResult, timed, Unknown } from "./runChecks.ts";
import { readUpdateState, type UpdateTarget } from "./updateTarget.ts";

export interface UpdateCheckDeps {
  readonly api: Pick<CanaryApi, "send">;
  /** Connects the device that is offered the update. */
  readonly connect: ConnectForUpdate;
  readonly readImage: ReadCanaryImage;
  /** Absent: it was made, or repaired, in this run. It is offered nothing before the next one. */
  readonly target: UpdateTarget | undefined;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly now: () => number;
  /** Milliseconds from an arbitrary start. */
  readonly elapsed: () => number;
  readonly objectives: Parameters<typeof timed>[1]["objectives"];
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/**
 * Checks the way of an update, without a change of the device: it connects, is offered the image,
 * reads the last part of it by a range request, verifies the hash of the whole, and defers the
 * update. The API must show what it has reported. Never fails.
 */
export const checkUpdate = (deps: UpdateCheckDeps): Promise<CheckResult> =>
  timed("update", deps, (signal) => check(deps, signal), canaryUpdateMsMax);

const check = async (
  { api, connect, readImage, target, wait, now }: UpdateCheckDeps,
  signal: AbortSignal,
): Promise<void> => {
  if (target === undefined) throw new Unknown("the release was made in this run");
  const { release } = target;
  const before = await readUpdateState(target, { api, signal });
  const device = await connect(signal);
  try {
    const offer = await device.offered;
    if (offer.release !== release || offer.sha256 !== canaryImageSha256) {
      throw new Error("the device was offered something else");
    }
    if (offer.url === undefined) throw new Error("the offer has no URL");
    await device.report({ release, state: "accepted" });
    const rest = await readImage(offer.url, canaryResumeByte, signal);
    const image = Buffer.concat([canaryImage.subarray(0, canaryResumeByte), rest]);
    if (createHash("sha256").update(image).digest("hex") !== canaryImageSha256) {
      throw new Error("the image is another one");
    }
    const until = now() + canaryDeferMs;
    await device.report({ release, state: "deferred", until, reason: "canary" });
    for (let polls = 0; polls < canaryUpdatePollsMax; polls += 1) {
      const { acceptedAt } = await readUpdateState(target, { api, signal });
      if (acceptedAt !== null && acceptedAt !== before.acceptedAt) return;
      await wait(canaryPollMs);
    }
    throw new Error("the API does not show what the device has reported");
  } finally {
    await device.close().catch(() => {});
  }
};

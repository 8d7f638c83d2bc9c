import type { Device } from "../../device/device.ts";
import type { DeviceLink } from "../../device/deviceLink.ts";
import type { ImageDownloads } from "../../firmware/imageDownloads.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { controlTopic, firmwareTopic } from "../../platform/topic.ts";
import type { Release } from "../model/release.ts";
import { onRequest, type ProgressDeps } from "../progress.ts";
import { encodeBlock } from "./block.ts";
import { blockBytesMax, downloadFreshMs, downloadsCachedMax } from "./limits.ts";
import type { MakeOffer } from "./offers.ts";
import { encodeUpdateCommand, type UpdateCommand } from "./updateCommands.ts";
import type { UpdateRequest } from "./updateMessage.ts";

interface Deps {
  readonly link: Pick<DeviceLink, "send">;
  readonly downloads: Pick<ImageDownloads, "read">;
  readonly makeOffer: MakeOffer;
  readonly progress: ProgressDeps;
  readonly now: () => number;
}

type BlockRequest = Extract<UpdateRequest, { readonly request: "block" }>;

/** Answers a request of a device. `keys`: the number of the key document that the device holds. */
export type AnswerRequest = (
  device: Device,
  request: UpdateRequest,
  keys: number | undefined,
) => Promise<void>;

/**
 * Answers requests for a fresh URL with the offer, and requests for a block with the bytes. A
 * device for which the release does not go on receives the command to stop. Every answer is sent
 * once: a device repeats its request.
 *
 * A worker caches who may download what, so that a block costs no read of a table.
 */
export const createAnswers = (deps: Deps): AnswerRequest => {
  const { link, progress, now } = deps;
  const allowed = new BoundedMap<string, { readonly release: Release; readonly until: number }>(
    downloadsCachedMax,
  );
  const tell = async (device: Device, command: UpdateCommand): Promise<void> => {
    await link.send(device.id, controlTopic(device.id), encodeUpdateCommand(command));
  };
  const releaseOf = async (device: Device, id: string): Promise<Release | undefined> => {
    const action = await onRequest(device, id, progress);
    if (action.kind === "offer") return action.release;
    await tell(device, { command: "cancel_update", release: id });
    return undefined;
  };
  const cachedReleaseOf = async (device: Device, id: string): Promise<Release | undefined> => {
    const key = `${device.id} ${id}`;
    const known = allowed.get(key);
    if (known !== undefined && isUnexpired(known.until, { now: now(), ms: downloadFreshMs })) {
      return known.release;
    }
    const release = await releaseOf(device, id);
    if (release !== undefined) allowed.set(key, { release, until: now() + downloadFreshMs });
    return release;
  };
  const sendBlock = async (device: Device, request: BlockRequest): Promise<void> => {
    const release = await cachedReleaseOf(device, request.release);
    if (release === undefined) return;
    const { id } = device;
    const block = await readBlock(release, request, deps);
    // Not confirmed: a device requests a lost block again, and no worker waits for slow devices.
    await link.send(id, firmwareTopic(id), encodeBlock(block), 0);
  };
  return async (device, request, keys) => {
    if (request.request === "block") return sendBlock(device, request);
    const release = await releaseOf(device, request.release);
    if (release !== undefined) await tell(device, await deps.makeOffer(release, keys));
  };
};

/** Empty after the end of the image. */
const readBlock = async (
  { id: release, image: { sha256, size } }: Release,
  { offset, length }: BlockRequest,
  { downloads }: Deps,
) => {
  const wanted = Math.min(length, blockBytesMax, size - offset);
  const bytes = wanted <= 0 ? new Uint8Array() : await downloads.read(sha256, offset, wanted);
  if (bytes === undefined) throw new Error(`no region has the image ${sha256}`);
  return { release, offset, bytes, size };
};

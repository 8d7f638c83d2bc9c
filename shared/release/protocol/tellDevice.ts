import type { DeviceLink, SendResult } from "../../device/deviceLink.ts";
import { Failure } from "../../platform/failure.ts";
import { controlTopic } from "../../platform/topic.ts";
import type { Release } from "../model/release.ts";
import { completeOffer, type ProgressDeps, type UpdateAction } from "../progress.ts";
import type { MakeOffer } from "./offers.ts";
import { encodeUpdateCommand, type UpdateCommand } from "./updateCommands.ts";

/** The dependencies of `tellDevice`. */
export interface TellDeps {
  readonly link: Pick<DeviceLink, "send">;
  readonly makeOffer: MakeOffer;
  readonly progress: ProgressDeps;
  /** Called with the result of each offer. */
  readonly onOffer: (result: SendResult | "failed") => void;
}

interface Told {
  readonly id: string;
  /** The connection on which the offer is reserved. */
  readonly connection: string;
  /** The number of the key document that the device holds. */
  readonly keys?: number | undefined;
}

/**
 * Sends a device what `onHello` or `offerNow` has decided. An offer that could not be made or sent
 * is released, so that the redelivered message, or the next connection, offers it again; then it
 * fails. After a crash, the lease of the offer ends before its message is redelivered.
 */
export const tellDevice = async (
  device: Told,
  action: UpdateAction,
  deps: TellDeps,
): Promise<void> => {
  switch (action.kind) {
    case "offer":
      return offer(device, action.release, deps);
    case "rollback":
      return command(device, { command: "rollback", release: action.release.id }, deps);
    case "cancel":
      return command(device, { command: "cancel_update", release: action.release.id }, deps);
    case "nothing":
      return undefined;
  }
};

const offer = async (device: Told, release: Release, deps: TellDeps): Promise<void> => {
  const { connection } = device;
  const complete = (result: SendResult): Promise<void> =>
    completeOffer(device, release, { result, connection }, deps.progress);
  let result: SendResult;
  try {
    const message = encodeUpdateCommand(await deps.makeOffer(release, device.keys));
    result = await deps.link.send(device.id, controlTopic(device.id), message);
  } catch (error) {
    deps.onOffer("failed");
    await complete("unreachable");
    throw error;
  }
  deps.onOffer(result);
  await complete(result);
  if (result === "unreachable")
    throw new Failure("IoT Core cannot be reached", { code: "unavailable" });
};

/** Sends a command. Fails if it was not sent although the device may be connected. */
export const command = async (
  { id }: Pick<Told, "id">,
  given: UpdateCommand,
  { link }: Pick<TellDeps, "link">,
): Promise<void> => {
  const result = await link.send(id, controlTopic(id), encodeUpdateCommand(given));
  if (result === "unreachable")
    throw new Failure("IoT Core cannot be reached", { code: "unavailable" });
};

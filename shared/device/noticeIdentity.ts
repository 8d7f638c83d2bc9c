import * as z from "zod/mini";
import type { ReceivedEvent } from "../event/deviceEvent.ts";
import { claimCodeCharsMax } from "../limits.ts";
import { parseJson } from "../parseJson.ts";
import type { Devices } from "../ports.ts";
import { helloDevice, presenceDevice } from "../topic.ts";
import type { CertificateStore } from "./certificateStore.ts";
import type { ClaimProofs } from "./claimProofs.ts";
import { unclaimedFleet } from "./device.ts";
import { noteClaimCode } from "./proveClaim.ts";
import { noteCertificateUsed } from "./rotateCertificate.ts";

interface Deps {
  readonly devices: Pick<Devices, "find">;
  readonly certificates: CertificateStore;
  readonly proofs: Pick<ClaimProofs, "say">;
  /** All of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

/** `principalIdentifier`: the id of the certificate that a client connects with. */
const connected = z.object({
  eventType: z.literal("connected"),
  principalIdentifier: z.string(),
});

const claiming = z.object({
  claim: z.string().check(z.minLength(1), z.maxLength(claimCodeCharsMax)),
});

/**
 * Notices with which certificate a device connects, which ends the overlap of a rotation, and which claim code a device without
 * an owner says in its hello. May be repeated for the same message.
 */
export const noticeIdentity = async (
  { topic, data }: Pick<ReceivedEvent, "topic" | "data">,
  deps: Deps,
): Promise<void> => {
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  const present = presenceDevice(topic);
  if (present !== undefined) {
    const { data: said } = z.safeParse(connected, json);
    if (said) await noteCertificateUsed({ id: present }, said.principalIdentifier, deps);
    return;
  }
  const speaking = helloDevice(topic);
  const { data: said } = z.safeParse(claiming, json);
  if (speaking === undefined || said === undefined) return;
  const device = await deps.devices.find(speaking);
  if (device?.fleet === unclaimedFleet(speaking)) await noteClaimCode(speaking, said.claim, deps);
};

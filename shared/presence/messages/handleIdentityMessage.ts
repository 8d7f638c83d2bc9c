import * as z from "zod/mini";
import { unclaimedFleet } from "../../device/device.ts";
import { claimCodeCharsMax } from "../../device/fleet/limits.ts";
import { type ClaimCodes, recordClaimCode } from "../../device/fleet/verifyClaim.ts";
import type { CertificateRecord } from "../../device/registry/certificate.ts";
import {
  handleRenewalRequest,
  type RenewalDeps,
} from "../../device/registry/handleRenewalRequest.ts";
import { recordCertificateUse } from "../../device/registry/rotateCertificate.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { certificatesDevice, helloDevice, presenceDevice } from "../../platform/topic.ts";

interface Deps extends RenewalDeps {
  readonly claimCodes: Pick<ClaimCodes, "recordCode">;
}

/** `principalIdentifier`: the certificate id of the client. */
const connected = z.object({
  eventType: z.literal("connected"),
  principalIdentifier: z.string(),
});

/** The part of a hello with which a device lets the owner of a code claim it. */
export const claiming = z.object({
  claim: z.string().check(z.minLength(1), z.maxLength(claimCodeCharsMax)),
});

/**
 * Processes the messages about a device's identity. Idempotent. `read` contains the certificate
 * record of the device, if the caller has read it after it received the message.
 *
 * | Message | Effect |
 * |---|---|
 * | presence event `connected` | if the device uses its new certificate, the overlap of the rotation ends |
 * | `certificates/{device}` | signs the device's request for a new certificate |
 * | `hello/{device}` with `claim`, from a device without an owner | records the claim code |
 */
export const handleIdentityMessage = async (
  { topic, data }: Pick<ReceivedEvent, "topic" | "data">,
  deps: Deps,
  read?: { readonly certificates?: CertificateRecord },
): Promise<void> => {
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  const present = presenceDevice(topic);
  if (present !== undefined) {
    const { data: said } = z.safeParse(connected, json);
    if (said === undefined) return;
    const { principalIdentifier: used } = said;
    // Most devices have no other certificate.
    if (read !== undefined && read.certificates?.next?.id !== used) return;
    await recordCertificateUse({ id: present }, used, deps);
    return;
  }
  const asking = certificatesDevice(topic);
  if (asking !== undefined) return handleRenewalRequest(asking, json, deps);
  const speaking = helloDevice(topic);
  const { data: said } = z.safeParse(claiming, json);
  if (speaking === undefined || said === undefined) return;
  const device = await deps.devices.find(speaking);
  if (device?.fleet === unclaimedFleet(speaking)) await recordClaimCode(speaking, said.claim, deps);
};

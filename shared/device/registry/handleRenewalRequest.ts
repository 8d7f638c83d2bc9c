import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { controlTopic } from "../../platform/topic.ts";
import { type ControlMessage, encodeControl } from "../controlMessage.ts";
import type { DeviceLink } from "../deviceLink.ts";
import { signingRequestBytesMax } from "./limits.ts";
import { type RotationDeps, renewCertificate, requestIdOf } from "./rotateCertificate.ts";

/** The dependencies of `handleRenewalRequest`. */
export interface RenewalDeps extends RotationDeps {
  /** The link to the devices of this region. */
  readonly link: Pick<DeviceLink, "send">;
}

/** The payload of `certificates/{device}`. */
export const renewalRequest = z.object({
  csr: z.string().check(z.maxLength(signingRequestBytesMax)),
});

/**
 * Signs the certificate request of a device and sends the result on `control/{device}`. Ignores a
 * malformed request. A lost result is no failure: the device repeats the same request and gets the
 * same certificate.
 *
 * | Field | Value |
 * |---|---|
 * | `command` | `certificate` |
 * | `request` | SHA-256 of the signing request, in hex |
 * | `certificate`, `issued_at`, `expires_at` | on success: PEM, and milliseconds since 1970; `expires_at` is optional |
 * | `error`, `message`, `retry_after` | on failure: code, text, and seconds; `retry_after` is optional |
 */
export const handleRenewalRequest = async (
  id: string,
  payload: unknown,
  deps: RenewalDeps,
): Promise<void> => {
  const { data: request } = z.safeParse(renewalRequest, payload);
  if (request === undefined) return;
  const device = await deps.devices.find(id);
  if (device === undefined) return;
  const answer = await renewalReply(device, request.csr, deps);
  try {
    await deps.link.send(id, controlTopic(id), encodeControl(answer));
  } catch (error) {
    deps.onError("sending a device its new certificate failed", error);
  }
};

const renewalReply = async (
  device: Parameters<typeof renewCertificate>[0],
  csr: string,
  deps: RenewalDeps,
): Promise<ControlMessage> => {
  const about = { command: "certificate", request: requestIdOf(csr) } as const;
  try {
    const { pem, issuedAt, expiresAt } = await renewCertificate(device, csr, deps);
    return {
      ...about,
      certificate: pem,
      issued_at: issuedAt,
      ...omitUndefined({ expires_at: expiresAt }),
    };
  } catch (error) {
    // A transient failure is retried by the queue, unless the device can retry after a known time:
    // that would fill the queue.
    const isAnswer =
      error instanceof Failure && (!error.retry || error.retryAfterSeconds !== undefined);
    if (!isAnswer) throw error;
    const { code, message, retryAfterSeconds } = error;
    return {
      ...about,
      error: code,
      message,
      ...omitUndefined({ retry_after: retryAfterSeconds }),
    };
  }
};

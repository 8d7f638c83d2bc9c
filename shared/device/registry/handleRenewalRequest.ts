import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { controlTopic } from "../../platform/topic.ts";
import type { DeviceLink } from "../deviceLink.ts";
import { signingRequestBytesMax } from "./limits.ts";
import { type RotationDeps, renewCertificate, requestIdOf } from "./rotateCertificate.ts";

/** What it takes to answer devices that ask for a new certificate. */
export interface RenewalDeps extends RotationDeps {
  /** To the devices of this region. */
  readonly link: Pick<DeviceLink, "send">;
}

/** What a device says on `certificates/{device}`. */
const asked = z.object({ csr: z.string().check(z.maxLength(signingRequestBytesMax)) });

/**
 * Signs the request of a device and tells it on `control/{device}`: `{"command":"certificate","request","certificate",
 * "issued_at","expires_at"}`, or `{"command":"certificate","request","error","message","retry_after"}`. `request` is the SHA-256
 * of the signing request in hex; times are milliseconds since 1970, `retry_after` is in seconds, and what is not known is absent.
 * What is no request is passed over. An answer that does not arrive is no failure: the device asks again with the same request
 * and gets the same certificate.
 */
export const handleRenewalRequest = async (
  id: string,
  said: unknown,
  deps: RenewalDeps,
): Promise<void> => {
  const { data: request } = z.safeParse(asked, said);
  if (request === undefined) return;
  const device = await deps.devices.find(id);
  if (device === undefined) return;
  const answer = await renewalReply(device, request.csr, deps);
  const message = { command: "certificate", request: requestIdOf(request.csr), ...answer };
  try {
    await deps.link.send(id, controlTopic(id), Buffer.from(JSON.stringify(message)));
  } catch (error) {
    deps.onError("a device is not told its new certificate", error);
  }
};

const renewalReply = async (
  device: Parameters<typeof renewCertificate>[0],
  csr: string,
  deps: RenewalDeps,
): Promise<object> => {
  try {
    const { pem, issuedAt, expiresAt } = await renewCertificate(device, csr, deps);
    return {
      certificate: pem,
      issued_at: issuedAt,
      ...omitUndefined({ expires_at: expiresAt }),
    };
  } catch (error) {
    // What may work later stays in the queue, unless the device can be told when: it would fill the queue.
    const isAnswer =
      error instanceof Failure && (!error.retry || error.retryAfterSeconds !== undefined);
    if (!isAnswer) throw error;
    const { code, message, retryAfterSeconds } = error;
    return {
      error: code,
      message,
      ...omitUndefined({ retry_after: retryAfterSeconds }),
    };
  }
};

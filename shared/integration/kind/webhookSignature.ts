import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { BoundedMap } from "../../platform/boundedMap.ts";
import type { TargetRequest } from "../../target/target.ts";
import type { Signing } from "./kind.ts";
import { signingKeyBytes, signingKeysMax } from "./limits.ts";

/**
 * Signs a request by Standard Webhooks: the id, the time of the attempt and the body, with the
 * current secret and, after a rotation, also with the previous one. Returns the request unchanged
 * if there is no secret.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const sign = (
  request: TargetRequest,
  id: string,
  { signing, now }: { signing: Signing | undefined; now: number },
): TargetRequest => {
  if (signing === undefined) return request;
  const { secret, former } = signing;
  const timestamp = String(Math.floor(now / 1_000));
  const secrets = former !== undefined && now < former.until ? [secret, former.secret] : [secret];
  const signatures = secrets.map((one) => {
    const content = `${id}.${timestamp}.${request.body ?? ""}`;
    return `v1,${createHmac("sha256", keyOf(one)).update(content).digest("base64")}`;
  });
  return {
    ...request,
    headers: {
      ...request.headers,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures.join(" "),
    },
  };
};

/** Keys by secret. With a buffer as key, each HMAC takes five times as long. */
const keys = new BoundedMap<string, KeyObject>(signingKeysMax);

const keyOf = (secret: string): KeyObject => {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(secret.replace(/^whsec_/, ""), "base64");
  keys.set(secret, key);
  return key;
};

/** Generates a signing secret in the format of Standard Webhooks. */
export const signingSecret = (): string =>
  `whsec_${randomBytes(signingKeyBytes).toString("base64")}`;

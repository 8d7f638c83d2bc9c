import { hiddenSecret } from "./hiddenSecret.ts";
import { type Integration, integration as schema } from "./integration.ts";
import type { Sending } from "./kind.ts";
import { kindOf } from "./kindOf.ts";
import { makeRequest } from "./makeRequest.ts";
import { splitSecrets } from "./splitSecrets.ts";
import type { TargetRequest } from "./target.ts";

/** What HTTP Basic makes of a name and a password that are hidden. */
const hiddenBasic = `Basic ${Buffer.from(`${hiddenSecret}:${hiddenSecret}`).toString("base64")}`;

/**
 * The request that an attempt would make, but for its secrets: in their place stands `hiddenSecret`, unless
 * they are among those `given` by whoever looks. What proves who asks is named, not made. Fails with
 * `invalid_request` when a template cannot be used.
 */
export const showRequest = (
  integration: Integration,
  sending: Sending,
  given: readonly string[] = [],
): TargetRequest => {
  const kept = Object.entries(integration).filter(([name]) => given.includes(name));
  const { shown } = splitSecrets(integration, hiddenSecret);
  const masked = schema.parse({ ...shown, ...Object.fromEntries(kept) });
  const { proof } = kindOf(masked);
  const request = makeRequest(masked, sending);
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    value === hiddenBasic ? `Basic ${hiddenSecret}` : value,
  ]);
  return { ...request, headers: { ...Object.fromEntries(headers), ...proof(integration) } };
};

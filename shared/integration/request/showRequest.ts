import type { TargetRequest } from "../../target/target.ts";
import { kindOf } from "../kind/kindOf.ts";
import type { Integration } from "../model/integration.ts";
import { masksOf } from "../secret/maskSecrets.ts";

/**
 * The request of an attempt as it may be shown: without the integration's secrets, unless they are among the settings `given` by
 * whoever looks. Headers that prove the sender are named, because each attempt makes them anew.
 */
export const showRequest = (
  integration: Integration,
  request: TargetRequest,
  given: readonly string[] = [],
): TargetRequest => {
  const shown = masksOf(integration, { sent: request, given }).request(request);
  return { ...shown, headers: { ...shown.headers, ...kindOf(integration).proof(integration) } };
};

import * as z from "zod/mini";
import { wholeNumber } from "../input/wholeNumber.ts";
import { Failure } from "../platform/failure.ts";
import { changeIntegration } from "./changeIntegration.ts";
import type { Signing } from "./kind/kind.ts";
import { kindOf } from "./kind/kinds.ts";
import { signingSecret } from "./kind/webhookSignature.ts";
import { signingOverlapSecondsDefault, signingOverlapSecondsMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

/** How long both secrets sign, in seconds. 0 ends the old one at once, for a leaked secret. */
export const rotationInput = z.object({
  overlap: z._default(wholeNumber(0, signingOverlapSecondsMax), signingOverlapSecondsDefault),
});

interface Deps {
  integrations: Pick<Integrations, "find" | "replace">;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Replaces the signing secret of a webhook. The old one also signs for a while, so that the target
 * can switch. Returns after every worker of the region uses the new one. Fails with `not_found`,
 * and with `invalid_request` for a kind without signatures.
 */
export const rotateSigningSecret = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  { overlap }: z.output<typeof rotationInput>,
  { integrations, now, wait }: Deps,
): Promise<Signing> => {
  const secret = signingSecret();
  const until = now() + overlap * 1_000;
  const rotate = (before: Integration): Integration => {
    if (!kindOf(before).signed) {
      throw new Failure(`${before.kind} requests are not signed`, { code: "invalid_request" });
    }
    const former = before.signing?.secret;
    const isKept = former !== undefined && overlap > 0;
    return { ...before, signing: { secret, ...(isKept && { former: { secret: former, until } }) } };
  };
  const { signing = { secret } } = await changeIntegration({ fleet, id }, rotate, { integrations });
  await wait(integrationsFreshMs);
  return signing;
};

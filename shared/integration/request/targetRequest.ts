import { Failure } from "../../platform/failure.ts";
import { normalizeRequest } from "../../target/normalizeRequest.ts";
import type { Post, TargetRequest } from "../../target/target.ts";
import type { RenderInput, SendDeps } from "../kind/kind.ts";
import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";
import { furtherRequestMs } from "./limits.ts";

/**
 * The request of an integration for an event. Preview, test and delivery all use this one: they differ only in what proves
 * the sender, which each attempt adds. Fails with `invalid_request` when no request can be made of this event.
 */
export const renderRequest = (integration: Integration, input: RenderInput): TargetRequest =>
  normalizeRequest(kindOf(integration).render(integration, input));

/** The requests of one attempt: none begins later than `furtherRequestMs` after it did. */
export const sendWithinDeadline = (post: Post, now: () => number): SendDeps["sendRequest"] => {
  const begun = now();
  return (request) => {
    if (now() - begun <= furtherRequestMs) return post(request);
    throw new Failure("it took too long to ask for more", { code: "target_unavailable" });
  };
};

import { Failure } from "../../platform/failure.ts";
import { sendable } from "../../target/sendable.ts";
import type { Post, TargetRequest } from "../../target/target.ts";
import type { Means, Sending } from "../kind/kind.ts";
import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";
import { furtherRequestMs } from "./limits.ts";

/**
 * The request of an integration for an event. Preview, test and delivery all use this one: they differ only in what proves
 * the sender, which each attempt adds. Fails with `invalid_request` when no request can be made of this event.
 */
export const makeRequest = (integration: Integration, sending: Sending): TargetRequest =>
  sendable(kindOf(integration).render(integration, sending));

/** The requests of one attempt: none begins later than `furtherRequestMs` after it did. */
export const askInTime = (post: Post, now: () => number): Means["ask"] => {
  const begun = now();
  return (request) => {
    if (now() - begun <= furtherRequestMs) return post(request);
    throw new Failure("it took too long to ask for more", { code: "target_unavailable" });
  };
};

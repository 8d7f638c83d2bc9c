import { Failure } from "../../platform/failure.ts";
import { normalizeRequest } from "../../target/normalizeRequest.ts";
import type { Post, TargetRequest } from "../../target/target.ts";
import type { RenderInput, SendDeps } from "../kind/kind.ts";
import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";
import { furtherRequestMs } from "./limits.ts";

/**
 * Renders the request of an integration for an event. Previews, tests and deliveries all use this
 * function; only the authentication headers, which each attempt adds, differ. Fails with
 * `invalid_request` if no request can be made of the event.
 */
export const renderRequest = (integration: Integration, input: RenderInput): TargetRequest =>
  normalizeRequest(kindOf(integration).render(integration, input));

/**
 * Returns a function that sends the requests of one attempt. It refuses to start one more than
 * `furtherRequestMs` after it was created.
 */
export const sendWithinDeadline = (post: Post, now: () => number): SendDeps["sendRequest"] => {
  const begun = now();
  return (request) => {
    if (now() - begun <= furtherRequestMs) return post(request);
    throw new Failure("the first requests of this attempt took too long", {
      code: "target_unavailable",
    });
  };
};

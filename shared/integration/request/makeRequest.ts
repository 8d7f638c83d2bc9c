import { sendable } from "../../target/sendable.ts";
import type { TargetRequest } from "../../target/target.ts";
import type { Sending } from "../kind/kind.ts";
import { kindOf } from "../kind/kindOf.ts";
import type { Integration } from "../model/integration.ts";

/**
 * The request of an integration for an event. Preview, test and delivery all use this one: they differ only in what proves
 * the sender, which each attempt adds. Fails with `invalid_request` when no request can be made of this event.
 */
export const makeRequest = (integration: Integration, sending: Sending): TargetRequest =>
  sendable(kindOf(integration).render(integration, sending));

import type { Failure } from "../../platform/failure.ts";
import type { TargetReply } from "../../target/target.ts";
import type { Integration } from "../model/integration.ts";
import { targetLocationCharsMax } from "./limits.ts";

/**
 * What became of an attempt: it arrived; it may work later; it may work later, and the target gets too much now; the
 * target says that it is gone for good; it points elsewhere, and may have acted all the same; no request can be made of
 * the event, which says nothing of the target.
 */
export type Verdict = "delivered" | "failed" | "slowed" | "gone" | "redirected" | "unsendable";

/** Answers of a target, or of what stands before it, that has more to do than it can. */
const slowed: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Redirects, which are not followed. A target may act before it answers with one: nothing is sent to it again. */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 304, 307, 308]);

/** With these a web form's target says that it acted, and shows the browser another page. */
const accepting: ReadonlySet<number> = new Set([302, 303]);

/** What a target's status means for a delivery. Other refusals may be mistakes that its owner mends within the schedule. */
export const classifyStatus = (
  status: number,
  { acceptRedirects = false }: { readonly acceptRedirects?: boolean | undefined } = {},
): Verdict => {
  if (status >= 200 && status < 300) return "delivered";
  if (acceptRedirects && accepting.has(status)) return "delivered";
  if (redirects.has(status)) return "redirected";
  if (status === 410) return "gone";
  return slowed.has(status) ? "slowed" : "failed";
};

/** The same of a failure in place of a status: a target may say in words of its own that it gets too much. */
export const classifyFailure = ({ code }: Failure): Verdict =>
  code === "too_many_requests" ? "slowed" : "failed";

/** What a target's reply means for a delivery of an integration, and the sentence that says why. */
export const classifyResponse = (
  integration: Integration,
  { status, location }: TargetReply,
): { verdict: Verdict; reason: string } => {
  const acceptRedirects = integration.kind === "Webhook" && integration.acceptRedirects;
  const verdict = classifyStatus(status, { acceptRedirects });
  const answered = `the target answered ${status}`;
  if (verdict !== "redirected") return { verdict, reason: answered };
  const to = location === undefined ? "" : ` to ${location.slice(0, targetLocationCharsMax)}`;
  return { verdict, reason: `${answered}, a redirect${to}, which is not followed` };
};

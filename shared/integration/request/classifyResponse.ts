import type { Failure } from "../../platform/failure.ts";
import type { TargetReply } from "../../target/target.ts";
import type { Integration } from "../model/integration.ts";
import { targetLocationCharsMax } from "./limits.ts";

/**
 * Result of an attempt.
 *
 * | Verdict | Meaning |
 * |---|---|
 * | `delivered` | the target accepted it |
 * | `failed` | a later attempt may succeed |
 * | `overloaded` | like `failed`, and the target is overloaded |
 * | `gone` | the target is gone for good |
 * | `redirected` | a redirect, which is not followed; the target may have acted on it |
 * | `unsendable` | no request can be made of the event; says nothing about the target |
 */
export type Verdict = "delivered" | "failed" | "overloaded" | "gone" | "redirected" | "unsendable";

/** Statuses of an overloaded target or of a proxy in front of it. */
const overloaded: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Redirects are not followed. The target may have acted before it replied, so the request is not
 * repeated.
 */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 304, 307, 308]);

/** A web form replies with these after it accepted the input. */
const accepting: ReadonlySet<number> = new Set([302, 303]);

/**
 * Classifies a status. Other 4xx statuses may be mistakes that the owner fixes before the last
 * attempt.
 */
export const classifyStatus = (
  status: number,
  { acceptRedirects = false }: { readonly acceptRedirects?: boolean | undefined } = {},
): Verdict => {
  if (status >= 200 && status < 300) return "delivered";
  if (acceptRedirects && accepting.has(status)) return "delivered";
  if (redirects.has(status)) return "redirected";
  if (status === 410) return "gone";
  return overloaded.has(status) ? "overloaded" : "failed";
};

/** Classifies a failure without a status. A target may report overload in its own format. */
export const classifyFailure = ({ code }: Failure): Verdict =>
  code === "too_many_requests" ? "overloaded" : "failed";

/** Classifies a reply and returns the reason as a sentence. */
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

import type { TargetReply } from "../../target/target.ts";
import type { Integration } from "../model/integration.ts";
import { judge, type Verdict } from "./judge.ts";
import { targetLocationCharsMax } from "./limits.ts";

/** What a target's reply means for a delivery of an integration, and the sentence that says why. */
export const judgeReply = (
  integration: Integration,
  { status, location }: TargetReply,
): { verdict: Verdict; reason: string } => {
  const acceptRedirects = integration.kind === "Webhook" && integration.acceptRedirects;
  const verdict = judge(status, { acceptRedirects });
  const answered = `the target answered ${status}`;
  if (verdict !== "redirected") return { verdict, reason: answered };
  const to = location === undefined ? "" : ` to ${location.slice(0, targetLocationCharsMax)}`;
  return { verdict, reason: `${answered}, a redirect${to}, which is not followed` };
};

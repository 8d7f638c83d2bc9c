import type { Delivery } from "../integration/delivery.ts";
import { hiddenSecret } from "../integration/hiddenSecret.ts";
import type { Integration } from "../integration/integration.ts";
import { showRequest } from "../integration/showRequest.ts";
import { splitSecrets } from "../integration/splitSecrets.ts";
import type { TargetReply } from "../integration/target.ts";
import {
  attemptBodyCharsMax,
  attemptHeaderCharsMax,
  attemptHeadersMax,
  attemptUrlCharsMax,
  reasonCharsMax,
} from "../limits.ts";
import type { Attempt } from "./attempt.ts";

/** How an attempt ended. */
export interface Ending {
  /** When it began, in milliseconds since 1970. */
  readonly begun: number;
  readonly tookMs: number;
  readonly ok: boolean;
  readonly reply?: TargetReply;
  /** Why it failed. */
  readonly reason: string;
}

/** A secret of fewer characters is in too many texts by chance to be told from them. */
const secretCharsMin = 4;

/**
 * An attempt as it may be shown: the request as it is without its secrets, and of what the target answered nothing that is
 * one of them. Cut to what is shown.
 */
export const attemptOf = (
  { id, event, attempts }: Delivery,
  integration: Integration,
  { begun, tookMs, ok, reply, reason }: Ending,
): Attempt => {
  const hide = hiding(integration);
  const request = requestOf(integration, { id, event });
  return {
    integration: integration.id,
    delivery: id,
    event: { id: event.id, name: event.name, device: event.device },
    number: attempts + 1,
    at: begun,
    tookMs,
    ok,
    ...(!ok && { reason: hide(reason).slice(0, reasonCharsMax) }),
    ...(request && { request }),
    ...(reply && { reply: replyOf(reply, hide) }),
  };
};

const replyOf = (
  { status, contentType, retryAfter, body }: TargetReply,
  hide: (text: string) => string,
): Attempt["reply"] => ({
  status,
  ...(contentType !== undefined && {
    contentType: hide(contentType).slice(0, attemptHeaderCharsMax),
  }),
  ...(retryAfter !== undefined && { retryAfter: hide(retryAfter).slice(0, attemptHeaderCharsMax) }),
  body: hide(body).slice(0, attemptBodyCharsMax),
});

const requestOf = (
  integration: Integration,
  sending: Pick<Delivery, "id" | "event">,
): Attempt["request"] => {
  try {
    const { method, url, headers, body } = showRequest(integration, sending);
    const some = Object.entries(headers).slice(0, attemptHeadersMax);
    return {
      method,
      url: url.slice(0, attemptUrlCharsMax),
      headers: Object.fromEntries(
        some.map(([name, value]) => [name, value.slice(0, attemptHeaderCharsMax)]),
      ),
      ...(body !== undefined && { body: body.slice(0, attemptBodyCharsMax) }),
    };
  } catch {
    // No request could be made, and the reason says why; whatever it is, it must not cost the delivery.
    return undefined;
  }
};

/** Puts a stand-in for every secret of an integration that a target answers with, in the ways in which it got it. */
const hiding = (integration: Integration): ((text: string) => string) => {
  const { secrets = {} } = splitSecrets(integration);
  const known = textsIn(secrets).filter((text) => text.length >= secretCharsMin);
  const { auth } = integration.kind === "Webhook" ? integration : {};
  if (auth) known.push(base64(`${auth.username}:${auth.password}`));
  const all = known.flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    base64(text),
  ]);
  const longestFirst = [...new Set(all)].sort((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((rest, one) => rest.replaceAll(one, hiddenSecret), text);
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

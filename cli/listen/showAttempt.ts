import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import { bodyText, requestText } from "../commands/requestText.ts";
import type { Output } from "../terminal/output.ts";
import { clockTime, duration } from "../terminal/time.ts";
import type { LocalAttempt } from "./forwarder.ts";
import { bodyShownCharsMax } from "./limits.ts";

/** Shows an attempt as a line, with `isFull` with its request and reply, or as a JSON line. */
export const showAttempt = (
  attempt: LocalAttempt,
  { out, isFull }: { out: Output; isFull: boolean },
): void => {
  const parts = [line(attempt, out), ...(isFull ? full(attempt, out) : [])];
  out.result(jsonOf(attempt), parts.join("\n"));
};

const line = (attempt: LocalAttempt, { paint }: Output): string => {
  const { number, attempt: count, event, verdict, reply, tookMs } = attempt;
  const isDelivered = verdict === "delivered";
  const repeat = count === 1 ? "" : ` attempt ${count}`;
  const result = paint(
    reply === undefined ? verdict : String(reply.status),
    isDelivered ? "green" : "red",
  );
  return [
    `${paint(clockTime(Date.now()), "dim")} #${number}${repeat}`,
    paint(excerpt(event.name, 100), "cyan"),
    excerpt(event.data, 100),
    "→",
    `${result} in ${Math.round(tookMs)} ms`,
    ...(isDelivered ? [] : [why(attempt)]),
  ].join(" ");
};

/** Why it failed, and what a real webhook would do. */
const why = ({ verdict, reason, reply, nextSeconds }: LocalAttempt): string => {
  const said = reply === undefined ? reason : reply.body || reason;
  return `(${excerpt(said, bodyShownCharsMax)}; ${consequence(verdict, nextSeconds)})`;
};

const consequence = (verdict: LocalAttempt["verdict"], nextSeconds: number | undefined): string => {
  if (nextSeconds !== undefined) return `the cloud would try again after ${duration(nextSeconds)}`;
  if (verdict === "gone") return "the cloud would disable the webhook";
  return "the cloud would store a dead letter";
};

const full = ({ request, reply }: LocalAttempt, { paint }: Output): string[] => [
  ...(request === undefined
    ? []
    : [requestText({ ...request, body: request.body ?? null }, paint)]),
  ...(reply === undefined
    ? []
    : [
        `  → ${reply.status} ${visible(reply.contentType ?? "")}`.trimEnd(),
        ...(reply.body === "" ? [] : [bodyText(reply.body)]),
      ]),
];

const jsonOf = (attempt: LocalAttempt): object => {
  const {
    number,
    attempt: count,
    delivery,
    event,
    request,
    reply,
    verdict,
    reason,
    tookMs,
    nextSeconds,
  } = attempt;
  const { name, data, coreid, published_at } = event;
  return {
    number,
    attempt: count,
    delivery,
    event: { name, data, coreid, published_at },
    request:
      request === undefined
        ? null
        : {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body ?? null,
          },
    reply:
      reply === undefined
        ? null
        : { status: reply.status, content_type: reply.contentType ?? null, body: reply.body },
    ok: verdict === "delivered",
    verdict,
    ...(verdict !== "delivered" && { reason }),
    took_ms: Math.round(tookMs),
    next_attempt_after_seconds: nextSeconds ?? null,
  };
};

import * as z from "zod/mini";
import { severity } from "../alarm/alarmText.ts";
import { component } from "../alarm/component.ts";
import { operatorScope } from "../api/scopes.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { pagesListedMax } from "../paging/limits.ts";
import { pageWay } from "../paging/selfTest.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const delivery = z.strictObject({
  receiver: z.string(),
  /** The last event that the receiver has accepted. */
  told: z.enum(["nothing", "trigger", "resolve"]),
  /** Why the delivery was given up; `null` if it was not. */
  dead_letter: z.nullable(z.string()),
  failures: z.int(),
  next_attempt_at: z.nullable(isoTime),
  attempts: z.array(
    z.strictObject({ at: isoTime, event: z.enum(["trigger", "resolve"]), result: z.string() }),
  ),
});

const page = z.strictObject({
  id: z.string(),
  dedup_key: z.string(),
  state: z.enum(["open", "resolved"]),
  region: z.string(),
  /** The region of the watcher that sends it. */
  watcher: z.string(),
  summary: z.string(),
  severity,
  components: z.array(component),
  parts: z.array(z.string()),
  reason: z.string(),
  runbook: z.nullable(z.string()),
  since: isoTime,
  resolved_at: z.nullable(isoTime),
  deliveries: z.array(delivery),
});

/** A page in a reply. */
export type PageBody = z.input<typeof page>;

const example: PageBody = {
  id: "001764583200000-8f14e45fceea167a",
  dedup_key: "godwit/alarms/us-east-1/Godwit-Region-us-east-1-QueuesBehind",
  state: "open",
  region: "us-east-1",
  watcher: "eu-west-1",
  summary: "A queue falls behind.",
  severity: "error",
  components: ["events"],
  parts: [],
  reason: "Threshold Crossed",
  runbook: "a-queue-falls-behind",
  since: "2025-12-01T10:00:00.000Z",
  resolved_at: null,
  deliveries: [
    {
      receiver: "on-call",
      told: "trigger",
      dead_letter: null,
      failures: 0,
      next_attempt_at: null,
      attempts: [
        {
          at: "2025-12-01T10:00:05.000Z",
          event: "trigger",
          result: "the receiver answered 202",
        },
      ],
    },
  ],
};

const link = z.object({
  region: z.string().check(z.maxLength(40)),
  test: z.string().check(z.maxLength(64)),
  way: pageWay,
  signature: z.string().check(z.maxLength(100)),
});

const linkExample = {
  region: "us-east-1",
  test: "0c2f8a4e",
  way: "sns" as const,
  signature: "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
};

/** The operations on pages: for operators, and by the links of self-tests. */
export const pageRoutes = {
  listPages: route({
    method: "GET",
    path: "/v1/pages",
    access: operatorScope,
    summary: "List the pages of all regions with their deliveries, open ones first",
    input: z.object({ limit: z._default(wholeNumber(1, pagesListedMax), pagesListedMax) }),
    replies: { 200: z.strictObject({ pages: z.array(page) }) },
    example: { input: {}, reply: { pages: [example] } },
    errors: [],
  }),
  replayPage: route({
    method: "POST",
    path: "/v1/pages/{page}/replay",
    access: operatorScope,
    audit: { action: "page.replay", id: "page" },
    summary: "Send the dead letters of a page again",
    input: z.object({ page: z.string().check(z.maxLength(64)) }),
    replies: { 202: z.strictObject({ page }) },
    example: { input: { page: example.id }, reply: { page: example } },
    errors: ["conflict"],
  }),
  showAcknowledgement: route({
    method: "GET",
    path: "/v1/pages/acknowledge",
    access: "everyone",
    summary: "Show the form that acknowledges a self-test; the link of a self-test leads here",
    input: link,
    replies: { 200: z.strictObject({ ok: z.literal(true) }) },
    example: { input: linkExample, reply: { ok: true } },
    errors: ["unauthorized"],
  }),
  acknowledge: route({
    method: "POST",
    path: "/v1/pages/acknowledge",
    access: "everyone",
    audit: { none: "the acknowledgment is in the page" },
    summary: "Acknowledge one way of a self-test by its signed link",
    input: link,
    replies: { 200: z.strictObject({ ok: z.literal(true) }) },
    example: { input: linkExample, reply: { ok: true } },
    errors: ["unauthorized", "not_found"],
  }),
};

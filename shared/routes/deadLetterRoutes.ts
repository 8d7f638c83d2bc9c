import * as z from "zod/mini";
import { deadLettersPerPageMax } from "../delivery/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { flag } from "../input/flag.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { filterInput } from "../job/replayInput.ts";
import { integrationId } from "./integrationRoutes.ts";
import { done, isoTime, nextPage } from "./replies.ts";
import { route } from "./route.ts";
import { exampleEvent, storedEvent } from "./storedEvent.ts";

const deadLetter = z.strictObject({
  /** The id of the delivery. */
  id: z.string(),
  /** Why the delivery was given up. */
  reason: z.string(),
  /** The status of the target's last response. */
  status: z.nullable(z.int()),
  attempts: z.int(),
  failed_at: isoTime,
  event: storedEvent,
});

/** A dead letter in a reply. */
export type DeadLetterBody = z.input<typeof deadLetter>;

const integration = "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d";
const letter: DeadLetterBody = {
  id: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
  reason: "The target answered 503",
  status: 503,
  attempts: 12,
  failed_at: "2026-01-02T00:00:00.000Z",
  event: exampleEvent,
};

const oneLetter = z.extend(integrationId, {
  letter: z.string().check(z.maxLength(100)),
  /** `failed_at` of the list. Without it, the newest 10,000 dead letters are searched. */
  failed_at: z.optional(time),
});

/** The operations on the dead letters of an integration. */
export const deadLetterRoutes = {
  listDeadLetters: route({
    method: "GET",
    path: "/v1/integrations/{integration}/dead-letters",
    product: true,
    access: "integrations:get",
    summary: "List a page of the dead letters that match a filter, newest first",
    input: z.object({
      ...integrationId.shape,
      limit: z._default(wholeNumber(1, deadLettersPerPageMax), deadLettersPerPageMax),
      after: z.optional(nextPage(100)),
      /** As in the other lists: in place of `after`, and other names of `from` and `to`. */
      cursor: z.optional(cursorText),
      since: z.optional(time),
      until: z.optional(time),
      ...filterInput.shape,
    }),
    replies: {
      200: z.strictObject({
        dead_letters: z.array(deadLetter),
        /** The number of rows of the page that cannot be read. */
        unreadable: z.int(),
        /** The value of `after` for the next page; `null` on the last page. */
        next: z.nullable(z.string()),
        /** The same page, as in the other lists; absent on the last page. */
        cursor: z.optional(cursorText),
      }),
    },
    example: {
      input: { integration, status: 503 },
      reply: { dead_letters: [letter], unreadable: 0, next: null },
    },
    errors: [],
  }),
  removeDeadLetters: route({
    method: "DELETE",
    path: "/v1/integrations/{integration}/dead-letters",
    product: true,
    access: "integrations:update",
    audit: { action: "dead_letter.remove", id: "integration" },
    summary: "Delete the dead letters that match a filter, or plan it",
    input: z.object({
      ...integrationId.shape,
      ...filterInput.shape,
      plan: z._default(flag, false),
      all: z._default(flag, false),
    }),
    replies: {
      200: z.union([
        z.strictObject({ plan: z.literal(true), count: z.int(), at_least: z.boolean() }),
        /** `more`: the time limit ended before all were deleted. Repeat the request. */
        z.strictObject({ ok: z.literal(true), removed: z.int(), more: z.boolean() }),
      ]),
    },
    example: { input: { integration, all: true }, reply: { ok: true, removed: 1, more: false } },
    errors: [],
  }),
  showDeadLetter: route({
    method: "GET",
    path: "/v1/integrations/{integration}/dead-letters/{letter}",
    product: true,
    access: "integrations:get",
    summary: "Show a dead letter",
    input: oneLetter,
    replies: { 200: z.strictObject({ dead_letter: deadLetter }) },
    example: {
      input: { integration, letter: letter.id, failed_at: letter.failed_at },
      reply: { dead_letter: letter },
    },
    errors: [],
  }),
  removeDeadLetter: route({
    method: "DELETE",
    path: "/v1/integrations/{integration}/dead-letters/{letter}",
    product: true,
    access: "integrations:update",
    audit: { action: "dead_letter.remove", id: "letter" },
    summary: "Delete a dead letter",
    input: oneLetter,
    replies: { 200: done },
    example: { input: { integration, letter: letter.id }, reply: { ok: true } },
    errors: [],
  }),
};

import * as z from "zod/mini";
import { archiveDaysDefault, archiveDaysMax, archiveDaysMin } from "../event/limits.ts";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { noInput } from "./replies.ts";
import { route } from "./route.ts";

const archive = z.strictObject({
  enabled: z.boolean(),
  /** How long an event is kept. */
  days: z.int(),
});

/** The operations on the archive of a fleet. */
export const archiveRoutes = {
  showArchive: route({
    method: "GET",
    path: "/v1/archive",
    product: { access: "archive:get" },
    versioned: true,
    access: "user",
    summary: "Show whether events are archived",
    input: noInput,
    replies: { 200: z.strictObject({ archive }) },
    example: { input: {}, reply: { archive: { enabled: true, days: 30 } } },
    errors: [],
  }),
  changeArchive: route({
    method: "PUT",
    path: "/v1/archive",
    product: { access: "archive:update" },
    versioned: true,
    access: "user",
    audit: { action: "archive.update" },
    summary: "Turn the archive of events on or off",
    input: z.object({
      enabled: flag,
      days: z._default(wholeNumber(archiveDaysMin, archiveDaysMax), archiveDaysDefault),
    }),
    replies: { 200: z.strictObject({ ok: z.literal(true), archive }) },
    example: {
      input: { enabled: true, days: 30 },
      reply: { ok: true, archive: { enabled: true, days: 30 } },
    },
    errors: [],
  }),
};

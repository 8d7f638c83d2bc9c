import * as z from "zod/mini";
import { exploreEventsDefault, exploreEventsMax } from "../archive/limits.ts";
import { deviceNameCharsMax } from "../device/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { route } from "./route.ts";
import { exampleEvent, storedEvent } from "./storedEvent.ts";

/** Longest prefix of a name: that of the longest name. */
const prefixCharsMax = 64;

/** The operation on archived events. */
export const archiveEventRoutes = {
  listArchivedEvents: route({
    method: "GET",
    path: "/v1/archive/events",
    product: true,
    access: "events:get",
    summary: "List a page of the archived events of a time span, oldest first",
    input: z.object({
      since: z.optional(time),
      until: z.optional(time),
      /** The beginning of the name. */
      prefix: z.optional(z.string().check(z.minLength(1), z.maxLength(prefixCharsMax))),
      /** Device id or name. */
      device: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
      limit: z._default(wholeNumber(1, exploreEventsMax), exploreEventsDefault),
      cursor: z.optional(cursorText),
    }),
    replies: {
      200: z.strictObject({ events: z.array(storedEvent), cursor: z.optional(cursorText) }),
    },
    example: {
      input: { prefix: "temperature", limit: 50 },
      reply: { events: [exampleEvent] },
    },
    errors: ["too_many_requests"],
  }),
};

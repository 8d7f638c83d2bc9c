import { publishInput } from "../event/publishEvent.ts";
import { done } from "./replies.ts";
import { route } from "./route.ts";

/** The operation of the function `publish`. */
export const publishRoutes = {
  publishEvent: route({
    method: "POST",
    path: "/v1/devices/events",
    product: { path: "/v1/products/{product}/events" },
    access: "events:send",
    audit: { none: "an event is data, and is in the archive" },
    summary: "Publish an event",
    input: publishInput,
    replies: { 200: done },
    example: { input: { name: "temperature", data: "21.5" }, reply: { ok: true } },
    errors: ["too_large"],
  }),
};

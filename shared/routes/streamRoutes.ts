import * as z from "zod/mini";
import { topicBytesMax } from "../platform/quotas.ts";
import { cursorCharsMax } from "../stream/limits.ts";
import { route } from "./route.ts";

const cursor = z.optional(z.string().check(z.maxLength(cursorCharsMax)));

/**
 * The stream begins after an event id in the query, for clients that cannot set `Last-Event-ID`.
 */
const streamInput = z.object({
  lastEventId: cursor,
  last_event_id: cursor,
  device: z.optional(z.string()),
  prefix: z._default(z.string().check(z.maxLength(topicBytesMax)), ""),
});

const stream = {
  method: "GET",
  access: "events:get",
  input: streamInput,
  replies: { 200: z.string() },
  errors: ["too_many_requests"],
  stream: true,
} as const;

const reply =
  'event: temperature\ndata: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}\n\n';

/** The operations of the function `stream`: server-sent events. */
export const streamRoutes = {
  streamEvents: route({
    ...stream,
    path: "/v1/devices/events",
    product: { path: "/v1/products/{product}/events" },
    summary: "Stream the events of all devices of the fleet",
    example: { input: {}, reply },
  }),
  streamEventsByPrefix: route({
    ...stream,
    path: "/v1/devices/events/{prefix+}",
    product: { path: "/v1/products/{product}/events/{prefix+}" },
    summary: "Stream the events of the fleet whose names begin with a prefix",
    example: { input: { prefix: "temp" }, reply },
  }),
  streamOwnEventsByPrefix: route({
    ...stream,
    path: "/v1/events/{prefix+}",
    summary: "Stream the caller's events whose names begin with a prefix",
    example: { input: { prefix: "temp" }, reply },
  }),
  streamDeviceEvents: route({
    ...stream,
    path: "/v1/devices/{device}/events",
    product: true,
    summary: "Stream the events of one device",
    example: { input: { device: "lamp" }, reply },
  }),
  streamDeviceEventsByPrefix: route({
    ...stream,
    path: "/v1/devices/{device}/events/{prefix+}",
    product: true,
    summary: "Stream the events of one device whose names begin with a prefix",
    example: { input: { device: "lamp", prefix: "temp" }, reply },
  }),
};

import * as z from "zod/mini";
import { noInput } from "./replies.ts";
import { route } from "./route.ts";

/** The path where a region reports its status. */
export const healthPath = "/v1/health";

/** The target of the webhook of this region's canary. */
export const canaryReceiverPath = "/v1/health/canary";

/** The text that a canary sends and expects back. */
const nonce = z.string().check(z.regex(/^[A-Za-z0-9]{1,32}$/));

/** The operations of the function `health`. */
export const healthRoutes = {
  health: route({
    method: "GET",
    path: healthPath,
    access: "everyone",
    summary: "Check whether the region works",
    input: noInput,
    replies: { 200: z.strictObject({ ok: z.literal(true), region: z.string() }) },
    example: { input: {}, reply: { ok: true, region: "us-east-1" } },
    errors: ["unavailable"],
  }),
  receiveCanary: route({
    method: "POST",
    path: canaryReceiverPath,
    access: "everyone",
    audit: { none: "a check of the API, which changes nothing" },
    summary: "Receive the webhook of the canary",
    input: z.object({ nonce }),
    replies: {
      200: z.strictObject({ ok: z.literal(true), nonce: z.string(), region: z.string() }),
    },
    example: {
      input: { nonce: "0a1b2c3d" },
      reply: { ok: true, nonce: "0a1b2c3d", region: "us-east-1" },
    },
    errors: [],
  }),
};

import * as z from "zod/mini";
import { noInput } from "./replies.ts";
import { route } from "./route.ts";

/** The path where a region reports its status. */
export const healthPath = "/v1/health";

/** The operation of the function `health`. */
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
};

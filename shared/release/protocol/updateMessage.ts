import * as z from "zod/mini";
import { updateReport } from "../model/updateReport.ts";
import { blockBytesDefault, releaseCharsMax } from "./limits.ts";

const release = z.string().check(z.minLength(1), z.maxLength(releaseCharsMax));

/** Requests of a device on `updates/{device}`, by name. */
export const updateRequests = {
  /** The offer again, with a fresh URL. */
  url: z.object({ request: z.literal("url"), release }),
  /** A block of the image. A longer one than `blockBytesMax` is shortened. */
  block: z.object({
    request: z.literal("block"),
    release,
    offset: z.int().check(z.nonnegative()),
    length: z._default(z.int().check(z.positive()), blockBytesDefault),
  }),
} as const;

const updateRequest = z.discriminatedUnion("request", [updateRequests.url, updateRequests.block]);

export type UpdateRequest = z.output<typeof updateRequest>;

/** A message on `updates/{device}`: a report about an update, or a request. */
export const updateMessage = z.union([updateReport, updateRequest]);

import * as z from "zod/mini";
import { isoTime } from "./replies.ts";

/** A stored event. */
export const storedEvent = z.strictObject({
  id: z.string(),
  name: z.string(),
  data: z.string(),
  coreid: z.string(),
  published_at: isoTime,
});

/** A stored event in a reply. */
export type StoredEventBody = z.input<typeof storedEvent>;

/** An example of a stored event. */
export const exampleEvent: StoredEventBody = {
  id: "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
  name: "temperature",
  data: "21.5",
  coreid: "0123456789abcdef01234567",
  published_at: "2026-01-01T00:00:00.000Z",
};

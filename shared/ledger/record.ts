import * as z from "zod/mini";
import { heard } from "../device/heard.ts";

/** What a worker of the pipeline says of a batch: a message in the queue of records. */
export const record = z.object({
  /** The devices that the batch's events are from. */
  heard: z._default(z.array(heard), []),
});

export type Record = z.output<typeof record>;

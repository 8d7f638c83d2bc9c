import * as z from "zod";

/** How a store's thread keeps count of its changes: whose folder it is, and where the count is written beside the store. */
export const stored = z.object({ id: z.string(), counterFile: z.string(), from: z.number() });

export type Stored = z.output<typeof stored>;

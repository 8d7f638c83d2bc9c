import * as z from "zod";

/**
 * When a change counts as stored: `process`, when it is written, so that it survives the end of the
 * process; `power`, when the disk has it, so that it also survives a power failure.
 */
export const durability = z.enum(["process", "power"]);

export type Durability = z.output<typeof durability>;

import * as z from "zod/mini";
import { envelope } from "../../firmware/signing/envelope.ts";

const time = z.int().check(z.nonnegative());
const count = z.int().check(z.positive());

/** The commands about the firmware on `control/{device}`, by name. */
export const updateCommands = {
  /** Download and install an image. A repeat for the same release has a fresh URL. */
  update: z.object({
    command: z.literal("update"),
    release: z.string(),
    product: count,
    version: z.int().check(z.nonnegative()),
    /** Absent for an image that is not signed. */
    manifest: z.optional(envelope),
    /** The key documents after the one that the device holds, oldest first. */
    keys: z.array(envelope),
    size: count,
    sha256: z.string(),
    url: z.url(),
    url_expires_at: time,
    /** The device waits for a random time up to this before it downloads. */
    delay: time,
    forced: z.boolean(),
  }),
  /** Boot the image of the other slot. */
  rollback: z.object({ command: z.literal("rollback"), release: z.string() }),
  /** Stop the update of this release, unless the new image runs already. */
  cancelUpdate: z.object({ command: z.literal("cancel_update"), release: z.string() }),
} as const;

/** A command about the firmware of a device. */
export type UpdateCommand = z.output<(typeof updateCommands)[keyof typeof updateCommands]>;

/** The payload of a command. */
export const encodeUpdateCommand = (command: UpdateCommand): Uint8Array =>
  Buffer.from(JSON.stringify(command));

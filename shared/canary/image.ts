import { createHash } from "node:crypto";

/** The image that a canary is offered: 4,096 bytes. No device installs it. */
export const canaryImage: Buffer = Buffer.alloc(4_096, "The image of the canary. ");

export const canaryImageSha256: string = createHash("sha256").update(canaryImage).digest("hex");

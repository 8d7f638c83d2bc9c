import { randomBytes } from "node:crypto";
import { signingKeyBytes } from "./limits.ts";

/** A new secret to sign with, as Standard Webhooks writes it. */
export const signingSecret = (): string =>
  `whsec_${randomBytes(signingKeyBytes).toString("base64")}`;

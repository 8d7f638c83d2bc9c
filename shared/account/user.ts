import { randomBytes } from "node:crypto";
import * as z from "zod";
import { passwordCharsMax, passwordCharsMin, usernameCharsMax } from "../limits.ts";

/** A person who may use the API, and the fleet of their own devices. */
export const user = z.object({
  username: z.string(),
  passwordHash: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
});

export type User = z.output<typeof user>;

export const username = z.string().trim().toLowerCase().min(1).max(usernameCharsMax);
export const password = z.string().min(passwordCharsMin).max(passwordCharsMax);

/** A name for a new fleet, fit for a topic level and a thing attribute. */
export const newFleet = (): string => `f${randomBytes(8).toString("hex")}`;

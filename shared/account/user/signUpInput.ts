import * as z from "zod";
import { accountInfo, password, username } from "../user.ts";

/** A person who makes themselves a user. */
export const signUpInput = z.object({
  username,
  password,
  account_info: accountInfo.optional(),
  /** Where a campaign sent them from, which particle-api-js may say: of no use here. */
  utm: z.unknown().optional(),
});

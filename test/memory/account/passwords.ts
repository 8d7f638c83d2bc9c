import { scryptPasswords } from "#shared/account/user/password.ts";

/** Hashes that cost next to nothing. */
export const quickPasswords = scryptPasswords({ N: 2, r: 1, p: 1 });

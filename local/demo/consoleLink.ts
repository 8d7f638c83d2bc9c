import * as z from "zod";
import type { Admin } from "./records.ts";

const link = z.object({ path: z.string() });

interface Addresses {
  readonly api: string;
  readonly user: { readonly username: string };
  readonly admin: Admin;
}

/** A link that signs the demo user in to the console, once and within 10 minutes. */
export const consoleLink = async ({ api, user, admin }: Addresses): Promise<string> => {
  const request = { addSessionLink: { username: user.username, operator: true } };
  const { path } = link.parse(await admin(request));
  return `${api}/${path}`;
};

import * as z from "zod";

/** How to invoke the admin function of a local cloud: `admin.json` in its state folder. */
export const adminAccess = z.object({
  endpoint: z.url(),
  region: z.string(),
  function: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

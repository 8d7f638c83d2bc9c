import * as z from "zod/mini";

/** Form bodies say "true" where JSON says true. */
export const flag = z.union([
  z.boolean(),
  z.pipe(
    z.enum(["true", "false", "1", "0"]),
    z.transform((text: "true" | "false" | "1" | "0") => text === "true" || text === "1"),
  ),
]);

import * as z from "zod/mini";
import type { CanaryAdmin } from "../../canary/canaryAdmin.ts";
import { canaryAdminMsMax } from "../../canary/limits.ts";
import { encodePart, openRestCaller } from "../call/restCaller.ts";

/** The function creates things that a repetition would create again. */
const once = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: canaryAdminMsMax },
};

const provisioned = z.object({
  token: z.string(),
  device: z.object({ id: z.string(), fleet: z.string(), certificate: z.string() }),
  endpoint: z.string(),
  issuedAt: z.optional(z.number()),
  expiresAt: z.optional(z.number()),
});
const failed = z.union([
  z.object({ errorMessage: z.string() }),
  z.pipe(
    z.object({ failure: z.object({ message: z.string() }) }),
    z.transform(({ failure }) => ({ errorMessage: failure.message })),
  ),
]);

/**
 * Invokes the admin function of this region by its name.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const adminFunction = (name: string): CanaryAdmin => {
  const call = openRestCaller({ name: "lambda", variable: "LAMBDA", prefix: "lambda" }, once);
  return {
    async provision(csr) {
      const path = `/2015-03-31/functions/${encodePart(name)}/invocations`;
      const answer = await call("POST", path, { body: { addCanary: { csr } } });
      const { data } = failed.safeParse(answer);
      if (data !== undefined) throw new Error(`the admin function failed: ${data.errorMessage}`);
      return provisioned.parse(answer);
    },
  };
};

import * as z from "zod";

/** The answer of the admin function to a request that it refuses. */
const refusal = z.object({ failure: z.object({ message: z.string() }) });

/** The answer of the admin function. Fails with its message if it refused the request. */
export const accepted = (answer: unknown): unknown => {
  const { success, data } = refusal.safeParse(answer);
  if (success) throw new Error(data.failure.message);
  return answer;
};

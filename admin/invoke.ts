import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import type { Place } from "./findCloud.ts";
import { InvocationError } from "./invocationError.ts";

/** The payload of a function error in Lambda. */
const report = z.object({ errorType: z.string(), errorMessage: z.string() });

/** The answer to a request that is refused. */
const refusal = z.object({ failure: z.object({ code: z.string(), message: z.string() }) });

const issues = z.array(
  z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }),
);

/** Invokes the admin function. Fails with an `InvocationError` whose message is one line. */
export const invokeAt =
  ({ function: FunctionName, region, endpoint, accessKeyId, secretAccessKey }: Place) =>
  async (request: object): Promise<unknown> => {
    const credentials = accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } };
    const client = new LambdaClient({
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint }),
      ...credentials,
    });
    try {
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
      );
      const answer = parseJson(Buffer.from(Payload ?? []).toString());
      if (FunctionError !== undefined) throw new InvocationError(sentence(answer));
      const refused = refusal.safeParse(answer);
      if (refused.success) throw new InvocationError(refused.data.failure.message);
      return answer;
    } finally {
      client.destroy();
    }
  };

/** The message of an error; for an invalid request, with the member. */
const sentence = (answer: unknown): string => {
  const parsed = report.safeParse(answer);
  if (!parsed.success) return "the admin function failed";
  const { errorType, errorMessage } = parsed.data;
  const found = issues.safeParse(parseJson(errorMessage));
  if (found.success) {
    return found.data.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  }
  return errorType === "Failure" ? errorMessage : `${errorType}: ${errorMessage}`;
};

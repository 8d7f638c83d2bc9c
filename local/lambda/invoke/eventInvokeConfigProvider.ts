import * as z from "zod";
import { resourceProvider } from "../../template/resourceProvider.ts";
import type { AsyncInvokeConfig } from "./asyncInvocations.ts";

const properties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal("$LATEST"),
  MaximumEventAgeInSeconds: z.int().min(60).max(21_600).optional(),
  MaximumRetryAttempts: z.int().min(0).max(2).optional(),
});

/** `AWS::Lambda::EventInvokeConfig` without destinations. */
export const eventInvokeConfigProvider = (
  configure: (functionName: string, config: Partial<AsyncInvokeConfig>) => void,
) =>
  resourceProvider({
    type: "AWS::Lambda::EventInvokeConfig",
    properties,
    create(given, { stack, logicalId }) {
      const { MaximumRetryAttempts: retriesMax, MaximumEventAgeInSeconds: seconds } = given;
      configure(given.FunctionName, {
        ...(retriesMax !== undefined && { retriesMax }),
        ...(seconds !== undefined && { ageMsMax: seconds * 1_000 }),
      });
      return { ref: `${stack}-${logicalId}` };
    },
  });

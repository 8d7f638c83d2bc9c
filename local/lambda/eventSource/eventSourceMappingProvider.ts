import * as z from "zod";
import { resourceProvider } from "../../template/resourceProvider.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";

const properties = z.strictObject({
  EventSourceArn: z.templateLiteral(["arn:aws:sqs:", z.string()]),
  FunctionName: z.string(),
  Enabled: z.boolean().default(true),
  BatchSize: z.int().default(10),
  MaximumBatchingWindowInSeconds: z.int().default(0),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.int().optional() }).default({}),
  Tags: z.unknown().optional(),
});

/** An event source mapping of a template, with its function. */
export interface EventSourceMappingRequest {
  readonly config: FunctionConfig;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly reportsFailures: boolean;
  readonly concurrencyMax: number;
}

/** `AWS::Lambda::EventSourceMapping` from an SQS queue. Calls `add` for each enabled mapping. */
export const eventSourceMappingProvider = (
  find: (functionName: string) => FunctionConfig,
  add: (request: EventSourceMappingRequest) => void,
) =>
  resourceProvider({
    type: "AWS::Lambda::EventSourceMapping",
    properties,
    create(given, { stack, logicalId }) {
      const request = {
        config: find(given.FunctionName),
        queueArn: given.EventSourceArn,
        batchSize: given.BatchSize,
        windowSeconds: given.MaximumBatchingWindowInSeconds,
        reportsFailures: given.FunctionResponseTypes.length > 0,
        concurrencyMax: given.ScalingConfig.MaximumConcurrency ?? Number.POSITIVE_INFINITY,
      };
      if (given.Enabled) add(request);
      return { ref: `${stack}-${logicalId}` };
    },
  });

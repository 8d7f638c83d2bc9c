import * as z from "zod";

/** Usage counts of the cloud since its start. */
export const counts = z.object({
  iot: z.object({
    publishesIn: z.number(),
    deliveriesOut: z.number(),
    deviceAcks: z.number(),
    directMessages: z.number(),
    rulesTriggered: z.number(),
    ruleActions: z.number(),
  }),
  /** By function name. */
  functions: z.record(
    z.string(),
    z.object({
      invocations: z.number(),
      durationMs: z.number(),
      memoryMb: z.number(),
      outputBytes: z.number(),
      outputLines: z.number(),
    }),
  ),
  usageMeter: z.object({
    sqsSends: z.number(),
    sqsGroupSends: z.number(),
    sqsReceives: z.number(),
    sqsDeletes: z.number(),
    sqsOthers: z.number(),
    s3Writes: z.number(),
    s3Reads: z.number(),
    tableReadUnits: z.number(),
    tableWriteUnits: z.number(),
    apiRequests: z.number(),
  }),
});

export type Counts = z.output<typeof counts>;

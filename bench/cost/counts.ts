import * as z from "zod";

/** Usage counts of the cloud since its start. */
const counts = z.object({
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

const state = z.object({ counts: z.looseObject({ functions: z.unknown() }) });

/** The counts in a state of the control API, whose fields are on one level. */
export const countsOf = (answer: unknown): Counts => {
  const { counts: all } = state.parse(answer);
  return counts.parse({ iot: all, functions: all.functions, usageMeter: all });
};

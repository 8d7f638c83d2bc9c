/**
 * Memory with which a function has one whole processor. Below, its share of a processor is
 * proportional to its memory.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
const wholeProcessorMb = 1_769;

/** The share of a processor that a function has; its code uses at most one. */
export const processorShare = (memoryMb: number): number =>
  Math.min(1, memoryMb / wholeProcessorMb);

import * as z from "zod";
import { RestFailure } from "../http/restFailure.ts";
import type { Envelope } from "./envelope.ts";
import type { BusEvent } from "./eventBus.ts";
import { entriesMax, requestBytesMax } from "./limits.ts";

const input = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        Resources: z.array(z.string()).default([]),
        /** Seconds since 1970. */
        Time: z.number().optional(),
        EventBusName: z.string().default("default"),
        TraceHeader: z.string().optional(),
      }),
    )
    .min(1)
    .max(entriesMax),
});
type Entry = z.output<typeof input>["Entries"][number];

/**
 * The operation `PutEvents`. An invalid entry is reported in its place, and the others are put.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const putEvents = (
  given: unknown,
  /** Puts an event and returns it as its targets receive it. */
  put: (event: BusEvent) => Envelope,
): object => {
  const putEntry = (entry: Entry): object => {
    const problem = problemOf(entry);
    if (problem !== undefined) return problem;
    const { Source = "", DetailType = "", Detail = "{}", Resources, Time } = entry;
    const { id } = put({
      source: Source,
      detailType: DetailType,
      detail: z.record(z.string(), z.unknown()).parse(JSON.parse(Detail)),
      resources: Resources,
      time: Time === undefined ? new Date() : new Date(Time * 1_000),
    });
    return { EventId: id };
  };
  const { success, data, error } = input.safeParse(given);
  if (!success) throw invalid(z.prettifyError(error));
  const bytes = data.Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > requestBytesMax) {
    throw invalid(`Total size of the entries in the request is over ${requestBytesMax} bytes`);
  }
  const Entries = data.Entries.map(putEntry);
  const FailedEntryCount = Entries.filter((entry) => "ErrorCode" in entry).length;
  return { FailedEntryCount, Entries };
};

const invalid = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "ValidationException" });

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const sizeOf = ({ Source = "", DetailType = "", Detail = "", Resources, Time }: Entry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Time === undefined ? 0 : 14,
  );

const problemOf = (entry: Entry): object | undefined => {
  const { Source, DetailType, Detail, EventBusName } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) {
      return refused(
        "InvalidArgument",
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      );
    }
  }
  if (Source?.startsWith("aws.")) {
    return refused("NotAuthorizedForSourceException", `Not authorized for the source ${Source}.`);
  }
  if (!/^(arn:.*:event-bus\/)?default$/.test(EventBusName)) {
    return refused("ResourceNotFoundException", `Event bus ${EventBusName} does not exist.`);
  }
  return isObject(Detail) ? undefined : refused("MalformedDetail", "Detail is malformed.");
};

const refused = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });

const isObject = (text = ""): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

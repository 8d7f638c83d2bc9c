import { RestFailure } from "../../http/restFailure.ts";
import { queryCodeOf, sqsFailure } from "../errors.ts";
import { batchEntriesMax } from "../limits.ts";

const idPattern = /^[\w-]{1,80}$/;

interface BatchResult<Success> {
  readonly Successful: Success[];
  readonly Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[];
}

/** Runs an operation for each entry of a batch. An entry that is refused fails alone. */
export const runBatch = <Entry extends { Id: string }, Success>(
  entries: readonly Entry[],
  run: (entry: Entry) => Success,
): BatchResult<Success> => {
  checkEntries(entries);
  const result: BatchResult<Success> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      result.Successful.push(run(entry));
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      const { code, message, status } = error;
      const Code = queryCodeOf(code);
      result.Failed.push({ Id: entry.Id, Code, Message: message, SenderFault: status < 500 });
    }
  }
  return result;
};

const checkEntries = (entries: readonly { Id: string }[]): void => {
  if (entries.length === 0) {
    throw sqsFailure("EmptyBatchRequest", "There should be at least one entry in the request.");
  }
  if (entries.length > batchEntriesMax) {
    throw sqsFailure(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${batchEntriesMax}. You have sent ${entries.length}.`,
    );
  }
  const invalid = entries.find(({ Id }) => !idPattern.test(Id));
  if (invalid !== undefined) {
    throw sqsFailure(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  const ids = entries.map(({ Id }) => Id);
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) {
    throw sqsFailure("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
  }
};

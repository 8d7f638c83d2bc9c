import { latestHeard } from "../device/heard.ts";
import type { HeardDevices } from "../ports.ts";
import type { Record } from "./record.ts";

interface Needs {
  heardDevices: Pick<HeardDevices, "add">;
  now: () => number;
}

/**
 * Writes down what the pipeline's workers say of their batches. When it answers, all is written, and the messages may leave their
 * queue; what is written twice, because somebody died in between, changes nothing for those who read it.
 */
export const writeRecords = async (
  records: readonly Record[],
  { heardDevices, now }: Needs,
): Promise<void> => {
  const heard = latestHeard(records.flatMap((record) => record.heard));
  if (heard.length > 0) await heardDevices.add(heard, now());
};

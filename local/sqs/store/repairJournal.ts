import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  frameOf,
  headerPayload,
  salvageSegment,
  segmentName,
  segmentNumber,
} from "../../journal/segment.ts";
import { appendMessage, ReplayedState } from "./changeRecord.ts";

/**
 * Replaces a damaged journal by a new one with the queues and messages that can be read, and
 * returns the number of messages. The caller has a copy of the files. A lost record of a deletion
 * makes its message visible again.
 */
export const repairJournal = (folder: string, id: string): number => {
  const numbers = readdirSync(folder)
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((one, other) => one - other);
  const replayed = new ReplayedState();
  let from = 0;
  for (const segment of numbers) {
    from = salvageSegment(folder, { segment, from }, (payload, state) =>
      replayed.apply(payload, segment, state),
    );
  }
  for (const segment of numbers) rmSync(join(folder, segmentName(segment)));
  const messages = [...replayed.messages];
  if (numbers.length > 0) {
    writeFileSync(join(folder, segmentName(1)), newSegment(replayed, id), { mode: 0o600 });
  }
  return messages.length;
};

/** A segment with all messages. The next start continues in it. */
const newSegment = (replayed: ReplayedState, id: string): Buffer => {
  const state = { queues: [...replayed.queues], lastSeq: replayed.lastSeq };
  const header = { id, segment: 1, from: 0, dropped: 0, state };
  const frames = [frameOf(headerPayload(header), 1)];
  let number = 1;
  for (const message of replayed.messages) {
    appendMessage(
      {
        append(bytes, fill) {
          const payload = Buffer.alloc(bytes);
          fill(payload, 0);
          frames.push(frameOf(payload, number));
          number += 1;
        },
      },
      message,
    );
  }
  return Buffer.concat(frames);
};

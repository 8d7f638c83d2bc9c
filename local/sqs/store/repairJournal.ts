import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  frameOf,
  headerPayload,
  salvageSegment,
  segmentName,
  segmentNumber,
} from "../../journal/segment.ts";
import { unfinishedSuffix } from "../../state/atomicWrite.ts";
import { appendMessage, ReplayedState } from "./changeRecord.ts";

/**
 * Replaces a damaged journal by a new one with the queues and messages that can be read, and
 * returns the number of messages. The caller has a copy of the files. A lost record of a deletion
 * makes its message visible again. Files of another state folder are ignored. If the process ends
 * meanwhile, the journal is still damaged, or it is repaired.
 */
export const repairJournal = (folder: string, id: string): number => {
  const numbers = readdirSync(folder)
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((one, other) => one - other);
  const last = numbers.at(-1);
  if (last === undefined) return 0;
  const replayed = new ReplayedState({ holdsContents: true });
  let from = 0;
  for (const segment of numbers) {
    from = salvageSegment(folder, { id, segment, from }, (payload, position, state) =>
      replayed.apply(payload, position, state),
    );
  }
  // After all others, and it marks them as no longer needed.
  const path = join(folder, segmentName(last + 1));
  const messages = writeSegment(`${path}${unfinishedSuffix}`, {
    replayed,
    header: { id, segment: last + 1, from: 0, dropped: last },
  });
  renameSync(`${path}${unfinishedSuffix}`, path);
  for (const segment of numbers) rmSync(join(folder, segmentName(segment)));
  return messages;
};

interface RepairedSegment {
  readonly replayed: ReplayedState;
  readonly header: Readonly<{ id: string; segment: number; from: number; dropped: number }>;
}

/** Writes a segment with all messages and returns their number. The next start continues in it. */
const writeSegment = (path: string, { replayed, header }: RepairedSegment): number => {
  const file = openSync(path, "w", 0o600);
  try {
    const state = { queues: [...replayed.queues], lastSeq: replayed.lastSeq };
    writeFrame(file, headerPayload({ ...header, state }), header.segment);
    let number = 1;
    const append = (bytes: number, fill: (buffer: Buffer, offset: number) => void): void => {
      const payload = Buffer.alloc(bytes);
      fill(payload, 0);
      writeFrame(file, payload, number);
      number += 1;
    };
    for (const message of replayed.messages) {
      if (message.content !== undefined) appendMessage({ append }, message, message.content);
    }
    fsyncSync(file);
    return number - 1;
  } finally {
    closeSync(file);
  }
};

const writeFrame = (file: number, payload: Buffer, number: number): void => {
  const frame = frameOf(payload, number);
  for (let done = 0; done < frame.length; ) done += writeSync(file, frame, done);
};

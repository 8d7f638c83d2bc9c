/**
 * A frame of an event stream of the API. An event has `event` and `data`; a frame with only an `id`
 * keeps the position of a quiet stream recent.
 */
export interface EventFrame {
  /** The position after the frame, for `Last-Event-ID`. */
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  /** The delay before a reconnection, in milliseconds. */
  readonly retryMs?: number;
  /** A comment, which has no other field. The API says `gap: …` where events are missing. */
  readonly comment?: string;
  /** The frame was too large and is left out, except its `id`. */
  readonly isTooLarge?: true;
}

/** The API sends events with at most 128 KB of data. */
const frameCharsMax = 2_097_152;

/** A longer line of a frame that is left out is no `id`. */
const idCharsMax = 4_096;

interface PartialFrame {
  readonly data: string[];
  size: number;
  id?: string;
  event?: string;
  retryMs?: number;
  isTooLarge?: true;
}

const newFrame = (): PartialFrame => ({ data: [], size: 0 });

/**
 * Reads the frames of server-sent events from pieces of text, which may end anywhere. Unlike
 * `EventSource`, it also reports frames with only an `id`. It keeps at most `charsMax` characters:
 * a larger frame is reported as such, and the following ones are read.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export const frameReader = (
  onFrame: (frame: EventFrame) => void,
  charsMax = frameCharsMax,
): ((piece: string) => void) => {
  let rest = "";
  let frame = newFrame();
  // The start of the current line was dropped.
  let isInDroppedLine = false;

  const end = (): void => {
    const { data, size: _, ...fields } = frame;
    if (Object.keys(fields).length > 0 || data.length > 0) {
      onFrame({ ...fields, ...(data.length > 0 && { data: data.join("\n") }) });
    }
    frame = newFrame();
  };
  const drop = (): void => {
    const { id } = frame;
    frame = { ...newFrame(), isTooLarge: true, ...(id !== undefined && { id }) };
  };
  const takeField = (line: string): void => {
    // The line break too: a frame of many empty lines is also large.
    if (!frame.isTooLarge) frame.size += line.length + 1;
    if (frame.size > charsMax) drop();
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (frame.isTooLarge) {
      if (name === "id" && line.length <= idCharsMax && !value.includes("\0")) frame.id = value;
      return;
    }
    if (name === "data") frame.data.push(value);
    else if (name === "event") frame.event = value;
    else if (name === "id" && !value.includes("\0")) frame.id = value;
    else if (name === "retry" && /^\d+$/.test(value)) frame.retryMs = Number(value);
  };
  const take = (line: string): void => {
    if (line === "") end();
    else if (line.startsWith(":")) onFrame({ comment: line.slice(1).trim() });
    else takeField(line);
  };

  return (piece) => {
    // A carriage return at the end of a piece may be the first half of a line break.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (isInDroppedLine && lines.length > 0) {
      lines.shift();
      isInDroppedLine = false;
    }
    for (const line of lines) take(line);
    if (isInDroppedLine || rest.length + frame.size > charsMax) {
      if (rest !== "" && !isInDroppedLine) drop();
      isInDroppedLine ||= rest !== "";
      rest = rest.endsWith("\r") ? "\r" : "";
    }
  };
};

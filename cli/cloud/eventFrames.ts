import { streamEventCharsMax } from "./limits.ts";

/** A frame of server-sent events. `data` is absent in a frame that only has an id. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/**
 * Reads the frames of server-sent events, also those with only an `id:`, which the API sends to
 * keep the position of a quiet stream recent. Libraries drop those frames, as the standard does.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export const frameReader = (onFrame: (frame: Frame) => void) => {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  let size = 0;
  let id: string | undefined;
  let event: string | undefined;
  const end = (): void => {
    if (id !== undefined || data.length > 0) {
      onFrame({
        ...(id !== undefined && { id }),
        ...(event !== undefined && { event }),
        ...(data.length > 0 && { data: data.join("\n") }),
      });
    }
    [id, event, data, size] = [undefined, undefined, [], 0];
  };
  const take = (line: string): void => {
    if (line === "") end();
    else if (line.startsWith(":")) onFrame({ comment: line.slice(1).trim() });
    else takeField(line);
  };
  const takeField = (line: string): void => {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    // The line break too: a frame of many empty lines is also large.
    size += line.length + 1;
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  };
  return {
    /** Reads some bytes. Fails if a frame is too large. */
    push(bytes: Uint8Array): void {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
      if (rest.length + size > streamEventCharsMax) throw new Error("an event is too large");
    },
  };
};

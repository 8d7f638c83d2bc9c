import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import { followEvents, type StreamedEvent } from "../cloud/followEvents.ts";
import type { Command } from "../line/command.ts";
import { exits } from "../line/exit.ts";
import { cutAt, widthOf } from "../terminal/table.ts";
import { clockTime } from "../terminal/time.ts";
import { streamOptions } from "./streamOptions.ts";

/** Longest data on a terminal. JSON lines have all of it. */
const shownCharsMax = 4_096;
const nameWidth = 24;

const padded = (text: string, width: number): string => {
  const cut = cutAt(text, width);
  return cut + " ".repeat(Math.max(0, width - widthOf(cut)));
};

const tail: Command = {
  words: "events tail",
  summary: "show the events of the fleet as they arrive",
  arguments: [],
  hasProduct: true,
  options: {
    ...streamOptions,
    after: {
      value: "CURSOR",
      summary: "begin after this position: the cursor of a JSON line, for 5 minutes",
    },
    limit: { value: "N", summary: "end after N events" },
  },
  notes: `The stream resumes after a lost connection without missing events, for 5 minutes.
Ctrl+C ends it.`,
  async run(input, deps) {
    const { cloud, out, signal } = deps;
    const limit = input.number("limit", { min: 1, max: 1_000_000_000 });
    const enough = new AbortController();
    let shown = 0;
    const api = await cloud();
    out.note(`Events of ${api.api}${filterText(input.text("filter"))}. Ctrl+C ends.`);
    const on = (event: StreamedEvent): void => {
      if (limit !== undefined && shown >= limit) return;
      shown += 1;
      out.result(event, line(event, out.paint));
      if (shown === limit) enough.abort();
    };
    await followEvents(
      {
        prefix: input.text("filter"),
        device: input.text("device"),
        after: input.text("after"),
        on,
        say: (text) => out.note(text),
        signal: AbortSignal.any([signal, enough.signal]),
      },
      { ...deps, cloud: api },
    );
    return signal.aborted ? exits.interrupted : undefined;
  },
};

const filterText = (prefix: string | undefined): string =>
  prefix === undefined ? "" : ` whose names begin with ${visible(prefix)}`;

const line = (
  event: StreamedEvent,
  paint: (text: string, color: "dim" | "cyan") => string,
): string => {
  const time = paint(visible(clockTime(event.published_at)), "dim");
  const name = paint(padded(visible(event.name), nameWidth), "cyan");
  const device = paint(padded(visible(event.coreid), nameWidth), "dim");
  return `${time}  ${name}  ${device}  ${excerpt(event.data, shownCharsMax)}`;
};

/** The commands on events. */
export const eventCommands: readonly Command[] = [tail];

import type { Machine, Surroundings } from "../system/machine.ts";
import { table } from "./table.ts";

/** A table of a report, with a note below it. */
export interface Section {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences, without line breaks. */
  readonly note?: string;
}

/** The facts without which a figure has no meaning. */
export interface Facts extends Surroundings {
  /** The script of `npm run`. Default: `bench`. */
  readonly script?: string;
  readonly command: string;
  /** Date and time, ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly state: "in memory" | "on disk";
}

/** Formats a report for a terminal. */
export const formatText = (facts: Facts, sections: readonly Section[]): string =>
  [headingOf(facts), ...sections.map(asText)].join("\n\n");

/** Formats a report as Markdown for `docs/performance.md`. */
export const formatMarkdown = (facts: Facts, sections: readonly Section[]): string =>
  `${[wrap(headingOf(facts)), ...sections.map(asMarkdown)].join("\n\n")}\n`;

const headingOf = ({
  script = "bench",
  command,
  at,
  machine,
  state,
  load,
  otherCores,
  others,
}: Facts): string => {
  const named = others.length > 0 ? `, for example ${others.join(", ")}` : "";
  return [
    `Measured on ${at.slice(0, 10)} with \`npm run ${script} -- ${command}\`:`,
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, Node.js ${machine.node}, state ${state}.`,
    `The devices, the systems and the targets share these cores.`,
    `Load average ${load[0].toFixed(1)} before and ${load[1].toFixed(1)} after; other processes used ${otherCores.toFixed(1)} cores${named}.`,
  ].join(" ");
};

const asText = ({ headings, rows, note }: Section): string =>
  [table(headings, rows), ...(note === undefined ? [] : [wrap(note)])].join("\n");

const asMarkdown = ({ headings, rows, note }: Section): string => {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(" | ")} |`;
  const rule = `|${"---|".repeat(headings.length)}`;
  const lines = [line(headings), rule, ...rows.map(line)].join("\n");
  return note === undefined ? lines : `${lines}\n\n${wrap(note)}`;
};

const escapeCell = (cell: string): string => cell.replaceAll("|", "\\|");

const columnsMax = 120;

/** Breaks a text into lines of at most `columnsMax` characters. */
const wrap = (text: string): string => {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > columnsMax) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current].join("\n");
};

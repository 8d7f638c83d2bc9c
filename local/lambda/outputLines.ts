import type { Readable } from "node:stream";
import { outputLineCharsMax } from "./limits.ts";

/** Calls `onLine` with each line of a function's output. A line that is too long comes in pieces. */
export const outputLines = (output: Readable, onLine: (line: string) => void): void => {
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
    while (rest.length > outputLineCharsMax) {
      onLine(rest.slice(0, outputLineCharsMax));
      rest = rest.slice(outputLineCharsMax);
    }
  });
  output.on("end", () => {
    if (rest !== "") onLine(rest);
  });
};

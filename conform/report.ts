import type { Versions } from "./install.ts";
import type { EmulatorReport } from "./run.ts";

/** The results of one emulator, as text. */
export const formatReport = ({ kind, steps, unknown, seen, vanished }: EmulatorReport): string => {
  const width = Math.max(...steps.map(({ name }) => name.length)) + 2;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    kind.title,
    ...steps.map(({ name, done }) => `  ${name.padEnd(width)}${done}`),
    ...list(
      "known differences",
      [...seen].map(({ what }) => what),
    ),
    ...list(
      "vanished: remove them from the list of known differences",
      vanished.map(({ what }) => what),
    ),
    ...list(
      "unknown: classify them as known differences, or fix them",
      unknown.map(({ step, text }) => `${step}: ${text}`),
    ),
  ].join("\n");
};

const begin = "<!-- begin: npm run conform -- --write -->";
const end = "<!-- end: npm run conform -- --write -->";

/** Replaces the section of `docs/aws.md` that this command writes. */
export const replaceSection = (text: string, section: string): string => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/aws.md has no section "${begin}"`);
  return `${text.slice(0, from)}${begin}\n\n${section}\n\n${text.slice(to)}`;
};

/** The section of `docs/aws.md`: the steps, and the known differences. */
export const formatSection = (
  reports: readonly EmulatorReport[],
  versions: Versions,
  date: Date,
): string => {
  const names = reports.map(({ kind }) => `${kind.title} ${versions[kind.name]}`);
  const steps = reports[0]?.steps.map(({ name }) => name) ?? [];
  const done = (name: string) =>
    reports.map(({ steps: all }) => all.find((one) => one.name === name)?.done ?? "–");
  return [
    `Run on ${date.toISOString().slice(0, 10)} with aws-cdk ${cdkVersion}.`,
    "",
    row(["Step", ...names]),
    row(["---", ...names.map(() => "---")]),
    ...steps.map((name) => row([name, ...done(name)])),
    "",
    "Each known difference is a fault or a gap of the emulator:",
    "",
    row(["Emulator", "Difference", "Reason"]),
    row(["---", "---", "---"]),
    ...reports.flatMap(({ kind, seen }) =>
      kind.differences
        .filter((one) => seen.has(one))
        .map(({ what, reason }) => row([kind.title, what, reason])),
    ),
  ].join("\n");
};

const cdkVersion = "2.1148.1";

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

import type { Command } from "./command.ts";
import { optionNames } from "./help.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The words and options of all commands. */
interface Words {
  readonly firsts: readonly string[];
  /** The second words by first word. */
  readonly seconds: ReadonlyMap<string, readonly string[]>;
}

const wordsOf = (commands: readonly Command[]): Words => {
  const seconds = new Map<string, string[]>();
  for (const { words, arguments: given } of commands) {
    const [first = "", second] = words.split(" ");
    const more = second === undefined ? (given[0]?.choices ?? []) : [second];
    seconds.set(first, [...(seconds.get(first) ?? []), ...more]);
  }
  return { firsts: [...seconds.keys()], seconds };
};

/** The script that completes commands and options in a shell. */
export const completionScript = (shell: Shell, commands: readonly Command[]): string => {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
};

const bash = (commands: readonly Command[]): string => {
  const { firsts, seconds } = wordsOf(commands);
  const inner = [...seconds]
    .filter(([, words]) => words.length > 0)
    .map(([first, words]) => `      ${first}) words="${words.join(" ")}" ;;`);
  const options = commands.map(
    (command) => `    "${command.words}") words="${optionNames(command).join(" ")}" ;;`,
  );
  return `_godwit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [[ "$current" == -* ]]; then
    local command="$first"
    case "$first" in
      ${[...seconds]
        .filter(
          ([first, words]) => words.length > 0 && !commands.some((each) => each.words === first),
        )
        .map(([first]) => first)
        .join("|")}) command="$first \${COMP_WORDS[2]}" ;;
    esac
    case "$command" in
${options.join("\n")}
    esac
  elif [[ $COMP_CWORD -eq 1 ]]; then
    words="${firsts.join(" ")}"
  elif [[ $COMP_CWORD -eq 2 ]]; then
    case "$first" in
${inner.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _godwit godwit
`;
};

const zsh = (commands: readonly Command[]): string => {
  const { firsts, seconds } = wordsOf(commands);
  const inner = [...seconds]
    .filter(([, words]) => words.length > 0)
    .map(([first, words]) => `      ${first}) found=(${words.join(" ")}) ;;`);
  const options = commands.map((command) => {
    const pattern = command.words.includes(" ") ? `"${command.words}"` : `"${command.words} "*`;
    return `      ${pattern}) found=(${optionNames(command).join(" ")}) ;;`;
  });
  return `#compdef godwit
_godwit() {
  local -a found
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "\${words[2]} \${words[3]}" in
${options.join("\n")}
    esac
  elif (( CURRENT == 2 )); then
    found=(${firsts.join(" ")})
  elif (( CURRENT == 3 )); then
    case "\${words[2]}" in
${inner.join("\n")}
    esac
  fi
  if (( \${#found} )); then compadd -- $found; else _files; fi
}
if (( $+functions[compdef] )); then compdef _godwit godwit; fi
`;
};

/** Text between single quotes in fish. */
const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;

const fish = (commands: readonly Command[]): string => {
  const lines = ["complete -c godwit -f"];
  const described = new Set<string>();
  for (const command of commands) {
    const { words, summary, arguments: given } = command;
    const [first = "", second] = words.split(" ");
    if (!described.has(first)) {
      const about = second === undefined ? ` -d ${quoted(summary)}` : "";
      lines.push(`complete -c godwit -n __fish_use_subcommand -a ${first}${about}`);
      described.add(first);
    }
    const inFirst = `__fish_seen_subcommand_from ${first}`;
    if (second !== undefined) {
      lines.push(`complete -c godwit -n ${quoted(inFirst)} -a ${second} -d ${quoted(summary)}`);
    }
    for (const choice of given[0]?.choices ?? []) {
      lines.push(`complete -c godwit -n ${quoted(inFirst)} -a ${choice}`);
    }
    const inBoth =
      second === undefined ? inFirst : `${inFirst}; and __fish_seen_subcommand_from ${second}`;
    for (const [name, { value, summary: about }] of Object.entries(command.options)) {
      const needsValue = value === undefined ? "" : " -r";
      lines.push(
        `complete -c godwit -n ${quoted(inBoth)} -l ${name}${needsValue} -d ${quoted(about)}`,
      );
    }
  }
  for (const name of ["json", "help", "version"]) lines.push(`complete -c godwit -l ${name}`);
  lines.push("complete -c godwit -l api -r", "complete -c godwit -l product -r");
  return `${lines.join("\n")}\n`;
};

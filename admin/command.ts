/** The options of a command line. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What a command uses: the cloud, the terminal, and progress messages. */
export interface CommandDeps {
  /** Invokes the admin function. */
  invoke(request: object): Promise<unknown>;
  /** Prompts for a new password without echo. */
  askPassword(): Promise<string>;
  /** Whether the cloud runs on this machine. */
  readonly isLocal: boolean;
  wait(ms: number): Promise<void>;
  /** Writes a line to standard error. */
  say(line: string): void;
}

/** A command of the admin tool: `user add`. */
export interface Command {
  readonly words: string;
  /** The name of the argument. Absent for a command without an argument. */
  readonly argument?: string;
  readonly summary: string;
  /** The command removes or stops something: it shows its plan, and runs only with `--yes`. */
  readonly dangerous?: true;
  /** The options of the command. `value` names the value of an option. */
  readonly options: Readonly<
    Record<string, { readonly value?: string; readonly description: string }>
  >;
  /** Runs the command, and returns the output. A list is printed as a table without `--json`. */
  run(argument: string, options: Options, deps: CommandDeps): Promise<object>;
}

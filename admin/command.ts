/** What was typed behind a command, and was not its argument. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What a command may do: ask the cloud, ask the person, and say something. */
export interface CommandDeps {
  /** Invokes the admin function. */
  invoke(request: object): Promise<unknown>;
  /** Asks for a new password, without showing what is typed. */
  askPassword(): Promise<string>;
  /** Whether the cloud runs on this machine. */
  readonly isLocal: boolean;
  wait(ms: number): Promise<void>;
  /** Writes a line for the person. */
  say(line: string): void;
}

/** One thing that the admin tool does: `user add`. */
export interface Command {
  readonly words: string;
  /** What stands behind the words; absent for a command that takes nothing. */
  readonly argument?: string;
  readonly summary: string;
  /** It removes or stops something: it shows its plan, and does it with `--yes` only. */
  readonly dangerous?: true;
  /** Its own options; those that take a value say what it is. */
  readonly options: Readonly<Record<string, { readonly value?: string; readonly says: string }>>;
  /** Does it, and answers what to print on standard output. A list is printed as a table without `--json`. */
  run(argument: string, options: Options, deps: CommandDeps): Promise<object>;
}

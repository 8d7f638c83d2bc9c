import { exits } from "./exit.ts";

/** A failure with a message for a person: what is wrong, and what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** The exit status. */
  readonly exit: number;

  constructor(
    message: string,
    { exit = exits.failed, cause }: { exit?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.exit = exit;
  }
}

/** A command line that the user can correct. */
export const usageError = (message: string): CommandError =>
  new CommandError(message, { exit: exits.usage });

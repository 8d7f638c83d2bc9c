import type { Probe } from "../probe.ts";

/** The error of an API as the SDK reports it. */
export interface ErrorShape {
  readonly status: number | undefined;
  readonly name: string;
  readonly message: string;
}

export interface DirectMessageAccount {
  /** Sends a direct message to a client. Returns the error, if any. */
  sendDirectMessage(client: string): Promise<ErrorShape | undefined>;
}

/** No device has this id. */
const client = "ffffffffffffffffffffffff";

export const directMessage: Probe<DirectMessageAccount> = {
  name: "direct-message",
  question: "Which error has a direct message to a client that is not connected?",
  changes: [],
  dollars: 0.01,
  minutes: 1,
  expected: "404 ResourceNotFoundException",
  advice: "Map the observed error to `offline` in shared/aws/device/deviceLinks.ts.",
  async run({ account }) {
    const error = await account.sendDirectMessage(client);
    if (error === undefined) return { observed: "no error", isExpected: false };
    const { status, name, message } = error;
    return {
      observed: `${status ?? "no status"} ${name}: ${message}`,
      isExpected: status === 404 && name === "ResourceNotFoundException",
    };
  },
};
